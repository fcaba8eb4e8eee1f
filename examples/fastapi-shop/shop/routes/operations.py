import csv
import io
from datetime import date, timedelta
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Response
from fastapi.responses import StreamingResponse
from sqlalchemy import func, select

from ..context import Context, context_of
from ..models import Category, Order, OrderLine, Product
from ..schemas import ShippingQuote
from ..seed import LAST_DAY

router = APIRouter()
Shop = Annotated[Context, Depends(context_of)]

DAYS_PER_PART = 30


@router.get("/health")
async def health():
    return {"status": "ok"}


@router.get("/shipping", response_model=ShippingQuote)
async def quote_shipping(
    shop: Shop,
    response: Response,
    country: Annotated[str, Query(pattern="^[A-Z]{2}$")],
    grams: Annotated[int, Query(ge=1, le=10_000)],
):
    quote, at_hand = await shop.quotes.get(country, grams)
    response.headers["Cache-Control"] = "public, max-age=600"
    response.headers["X-Cache"] = "hit" if at_hand else "miss"
    return quote


@router.get("/reports/sales")
async def report_sales(shop: Shop, days: Annotated[int, Query(ge=1, le=365)] = 120):
    """Sales of each day and category, as CSV, sent while it is read."""

    async def lines():
        yield "day,category,orders,pieces,revenue_cents\r\n"
        async with shop.turn(), shop.sessions() as session:
            first = LAST_DAY - timedelta(days=days - 1)
            while first <= LAST_DAY:
                last = min(first + timedelta(days=DAYS_PER_PART - 1), LAST_DAY)
                yield as_csv(await sales_between(session, first, last))
                first = last + timedelta(days=1)

    headers = {"Cache-Control": "private, no-store"}
    return StreamingResponse(lines(), media_type="text/csv", headers=headers)


async def sales_between(session, first: date, last: date):
    statement = (
        select(
            Order.placed_on,
            Category.name,
            func.count(Order.id.distinct()),
            func.sum(OrderLine.quantity),
            func.sum(OrderLine.quantity * OrderLine.price_cents),
        )
        .join(OrderLine, OrderLine.order_id == Order.id)
        .join(Product, Product.id == OrderLine.product_id)
        .join(Category, Category.id == Product.category_id)
        .where(Order.placed_on.between(first, last))
        .group_by(Order.placed_on, Category.id)
        .order_by(Order.placed_on, Category.id)
    )
    return (await session.execute(statement)).all()


def as_csv(rows) -> str:
    text = io.StringIO()
    csv.writer(text).writerows(rows)
    return text.getvalue()
