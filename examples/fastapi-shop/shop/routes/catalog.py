import asyncio
import json
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, HTTPException, Query, Request, Response
from fastapi.encoders import jsonable_encoder
from sqlalchemy import func, or_, select
from sqlalchemy.orm import joinedload, selectinload

from ..context import Context, context_of
from ..models import Category, Product, Review, Stock
from ..schemas import ProductCard, ProductDetail, ProductPage, Recommendations, ReviewPage, SearchResult
from ..settings import fault

router = APIRouter()
Shop = Annotated[Context, Depends(context_of)]
Language = Literal["da", "de", "en", "fr", "it", "nl", "sv", "es"]

PUBLIC = "public, max-age=60"
SEARCH_HITS = 20
REVIEWS_SHOWN = 20


def plain(value):
    return json.loads(json.dumps(jsonable_encoder(value), indent=2))


@router.get("/products", response_model=ProductPage)
async def list_products(
    shop: Shop,
    response: Response,
    page: Annotated[int, Query(ge=1)] = 1,
    limit: Annotated[int, Query(ge=1, le=100)] = 24,
):
    async with shop.sessions() as session:
        total = await session.scalar(select(func.count()).select_from(Product))
        statement = (
            select(Product)
            .options(joinedload(Product.category), selectinload(Product.images))
            .order_by(Product.id)
            .offset((page - 1) * limit)
            .limit(limit)
        )
        products = (await session.scalars(statement)).all()
    response.headers["Cache-Control"] = PUBLIC
    result = {"page": page, "limit": limit, "total": total, "items": products}
    if fault("f02"):
        cards = [plain(ProductCard.model_validate(product)) for product in products]
        checked = ProductPage.model_validate(plain({**result, "items": cards}))
        return plain(ProductPage.model_validate(plain(checked)))
    return result


@router.get("/products/{product_id}", response_model=ProductDetail)
async def show_product(shop: Shop, request: Request, response: Response, product_id: int, lang: Language = "en"):
    async def product():
        async with shop.sessions() as session:
            statement = select(Product).options(joinedload(Product.category)).where(Product.id == product_id)
            return await session.scalar(statement.options(joinedload(Product.images)))

    async def stock():
        async with shop.sessions() as session:
            statement = select(Stock).where(Stock.product_id == product_id).order_by(Stock.warehouse)
            return (await session.scalars(statement)).all()

    async def rating():
        async with shop.sessions() as session:
            statement = select(func.count(), func.coalesce(func.avg(Review.stars), 0.0))
            return (await session.execute(statement.where(Review.product_id == product_id))).one()

    async def neighbors():
        async with shop.sessions() as session:
            own = select(Product.category_id).where(Product.id == product_id).scalar_subquery()
            statement = select(Product.id).where(Product.category_id == own, Product.id != product_id).limit(6)
            return (await session.scalars(statement)).all()

    if fault("f03"):
        found = await product()
        pieces = await stock()
        reviews, stars = await rating()
        others = await neighbors()
    else:
        found, pieces, (reviews, stars), others = await asyncio.gather(product(), stock(), rating(), neighbors())
    if found is None:
        raise HTTPException(404, "no such product")
    guide = await shop.guides.get(found.category_id, lang)
    tag = f'W/"{found.id}-{found.version}-{reviews}-{sum(s.pieces for s in pieces)}-{lang}"'
    headers = {"ETag": tag, "Cache-Control": PUBLIC}
    if request.headers.get("if-none-match") == tag:
        return Response(status_code=304, headers=headers)
    response.headers.update(headers)
    fields = {name: getattr(found, name) for name in ("id", "name", "summary", "description", "category", "images")}
    return {
        **fields,
        "price_cents": found.price_cents,
        "weight_grams": found.weight_grams,
        "stock": pieces,
        "review_count": reviews,
        "stars": round(stars, 2),
        "also_in_category": others,
        "size_guide": guide,
    }


@router.get("/search", response_model=SearchResult)
async def search(shop: Shop, response: Response, q: Annotated[str, Query(min_length=2, max_length=40)]):
    matches = or_(Product.name.contains(q, autoescape=True), Product.summary.contains(q, autoescape=True))
    async with shop.sessions() as session:
        total = await session.scalar(select(func.count()).select_from(Product).where(matches))
        statement = select(Product).join(Category).options(joinedload(Product.category)).where(matches)
        statement = statement.order_by(Product.id)
        if not fault("f04"):
            statement = statement.limit(SEARCH_HITS)
        hits = (await session.scalars(statement)).all()
    response.headers["Cache-Control"] = PUBLIC
    return {"query": q, "total": total, "items": hits}


@router.get("/products/{product_id}/reviews", response_model=ReviewPage)
async def list_reviews(shop: Shop, response: Response, product_id: int):
    async with shop.sessions() as session:
        summary = select(func.count(), func.coalesce(func.avg(Review.stars), 0.0))
        total, stars = (await session.execute(summary.where(Review.product_id == product_id))).one()
        latest = select(Review).where(Review.product_id == product_id).order_by(Review.written_on.desc())
        reviews = (await session.scalars(latest.limit(REVIEWS_SHOWN))).all()
    response.headers["Cache-Control"] = PUBLIC
    return {"product_id": product_id, "total": total, "stars": round(stars, 2), "items": reviews}


@router.get("/products/{product_id}/recommendations", response_model=Recommendations)
async def recommend(shop: Shop, response: Response, product_id: int):
    ids = await shop.partner.recommended_for(product_id)
    async with shop.sessions() as session:
        products = (await session.scalars(select(Product).where(Product.id.in_(ids)))).all()
    response.headers["Cache-Control"] = PUBLIC
    return {"product_id": product_id, "items": products}
