"""A shop service: FastAPI, SQLAlchemy on SQLite, and a partner service that it calls over HTTP."""
