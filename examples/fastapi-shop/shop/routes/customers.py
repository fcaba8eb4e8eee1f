from typing import Annotated

from fastapi import APIRouter, Depends, HTTPException, Response
from sqlalchemy import delete, select
from sqlalchemy.dialects.sqlite import insert
from sqlalchemy.orm import selectinload

from ..context import Context, context_of
from ..models import CartItem, Customer, Order, OrderLine, Product
from ..schemas import CartOut, CheckoutRequest, CheckoutResult, CustomerOrders, NewCartItem
from ..seed import LAST_DAY
from ..settings import fault

router = APIRouter()
Shop = Annotated[Context, Depends(context_of)]

ORDERS_SHOWN = 10


@router.get("/customers/{customer_id}/orders", response_model=CustomerOrders)
async def list_orders(shop: Shop, response: Response, customer_id: int):
    statement = select(Order).where(Order.customer_id == customer_id).order_by(Order.placed_on.desc())
    statement = statement.limit(ORDERS_SHOWN)
    async with shop.turn(), shop.sessions() as session:
        if await session.get(Customer, customer_id) is None:
            raise HTTPException(404, "no such customer")
        if fault("f17"):
            orders = (await session.scalars(statement)).all()
            for order in orders:
                await order.awaitable_attrs.lines
        else:
            orders = (await session.scalars(statement.options(selectinload(Order.lines)))).all()
    response.headers["Cache-Control"] = "public, max-age=300" if fault("f09") else "private, no-store"
    return {"customer_id": customer_id, "orders": orders}


async def cart_of(session, customer_id: int):
    statement = (
        select(Product.id, Product.name, Product.price_cents, CartItem.quantity)
        .join(CartItem, CartItem.product_id == Product.id)
        .where(CartItem.customer_id == customer_id)
    )
    return (await session.execute(statement)).all()


@router.post("/carts/{customer_id}/items", response_model=CartOut, status_code=201)
async def add_to_cart(shop: Shop, response: Response, customer_id: int, item: NewCartItem):
    async with shop.turn(), shop.sessions() as session:
        if await session.get(Product, item.product_id) is None:
            raise HTTPException(404, "no such product")
        new = insert(CartItem).values(customer_id=customer_id, product_id=item.product_id, quantity=item.quantity)
        await session.execute(
            new.on_conflict_do_update(
                index_elements=["customer_id", "product_id"], set_={"quantity": new.excluded.quantity}
            )
        )
        await session.commit()
        cart = await cart_of(session, customer_id)
    response.headers["Cache-Control"] = "private, no-store"
    return {
        "customer_id": customer_id,
        "pieces": sum(row.quantity for row in cart),
        "total_cents": sum(row.quantity * row.price_cents for row in cart),
    }


async def place_order(session, customer_id: int, cart, total: int, payment: str) -> int:
    order = Order(customer_id=customer_id, placed_on=LAST_DAY, total_cents=total, payment=payment)
    order.lines = [
        OrderLine(product_id=row.id, name=row.name, quantity=row.quantity, price_cents=row.price_cents) for row in cart
    ]
    session.add(order)
    await session.flush()
    await session.execute(delete(CartItem).where(CartItem.customer_id == customer_id))
    await session.commit()
    return order.id


@router.post("/checkout", response_model=CheckoutResult, status_code=201)
async def check_out(shop: Shop, response: Response, body: CheckoutRequest):
    customer_id = body.customer_id
    async with shop.turn():
        if fault("f06"):
            async with shop.sessions() as session:
                cart = await cart_of(session, customer_id)
                total = sum(row.quantity * row.price_cents for row in cart)
                if total == 0:
                    raise HTTPException(409, "the cart is empty")
                payment = await shop.partner.pay(customer_id, total)
                order_id = await place_order(session, customer_id, cart, total, payment)
        else:
            async with shop.sessions() as session:
                cart = await cart_of(session, customer_id)
            total = sum(row.quantity * row.price_cents for row in cart)
            if total == 0:
                raise HTTPException(409, "the cart is empty")
            payment = await shop.partner.pay(customer_id, total)
            async with shop.sessions() as session:
                order_id = await place_order(session, customer_id, cart, total, payment)
    response.headers["Cache-Control"] = "private, no-store"
    receipt = await shop.receipt(order_id, total)
    return {"order_id": order_id, "total_cents": total, "payment": payment, "receipt": receipt}
