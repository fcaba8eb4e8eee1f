from datetime import date

from pydantic import BaseModel, ConfigDict, Field


class Schema(BaseModel):
    model_config = ConfigDict(from_attributes=True)


class CategoryOut(Schema):
    id: int
    name: str


class ImageOut(Schema):
    position: int
    url: str
    alt: str


class ProductCard(Schema):
    id: int
    name: str
    summary: str
    price_cents: int = Field(ge=0)
    weight_grams: int = Field(ge=0)
    category: CategoryOut
    images: list[ImageOut]


class ProductPage(Schema):
    page: int
    limit: int
    total: int
    items: list[ProductCard]


class StockOut(Schema):
    warehouse: str
    pieces: int


class SizeGuide(Schema):
    language: str
    title: str
    rows: list[str]


class ProductDetail(ProductCard):
    description: str
    stock: list[StockOut]
    review_count: int
    stars: float
    also_in_category: list[int]
    size_guide: SizeGuide


class SearchHit(Schema):
    id: int
    name: str
    summary: str
    price_cents: int
    category: CategoryOut


class SearchResult(Schema):
    query: str
    total: int
    items: list[SearchHit]


class ReviewOut(Schema):
    id: int
    stars: int
    written_on: date
    body: str


class ReviewPage(Schema):
    product_id: int
    total: int
    stars: float
    items: list[ReviewOut]


class Recommendation(Schema):
    id: int
    name: str
    price_cents: int


class Recommendations(Schema):
    product_id: int
    items: list[Recommendation]


class OrderLineOut(Schema):
    product_id: int
    name: str
    quantity: int
    price_cents: int


class OrderOut(Schema):
    id: int
    placed_on: date
    total_cents: int
    lines: list[OrderLineOut]


class CustomerOrders(Schema):
    customer_id: int
    orders: list[OrderOut]


class NewCartItem(Schema):
    product_id: int
    quantity: int = Field(ge=1, le=20)


class CartOut(Schema):
    customer_id: int
    pieces: int
    total_cents: int


class CheckoutRequest(Schema):
    customer_id: int


class CheckoutResult(Schema):
    order_id: int
    total_cents: int
    payment: str
    receipt: str


class ShippingQuote(Schema):
    country: str
    weight_class: int
    price_cents: int
    days: int
