"""What a deployer can mend, said in a line instead of a traceback: files, the database's absence, its tables, a question nobody hears."""

from __future__ import annotations

from collections.abc import Iterator


def in_plain_words(error: BaseException) -> str | None:
    """One line that says what is wrong and what to do; None when it is a mistake of the program, whose traceback is wanted."""
    import psycopg

    for cause in _chain(error):
        if isinstance(cause, psycopg.errors.UndefinedTable | psycopg.errors.UndefinedColumn):
            return "The database doesn't have this version's tables. Run  linli migrate  first (same --data or DATABASE_URL)."
        if isinstance(cause, psycopg.errors.InsufficientPrivilege):
            return f"The database refuses: {_first_line(cause)}. The roles and grants it needs are in docs/operations.md."
        if isinstance(cause, psycopg.OperationalError):
            return f"The database doesn't answer: {_first_line(cause)}. Is DATABASE_URL right, and does the server run?"
    if isinstance(error, EOFError):
        return "Nobody is there to answer. Give what is asked for as an option or a variable: see --help."
    if isinstance(error, OSError) and error.strerror:
        return f"{error.filename}: {error.strerror}" if error.filename else error.strerror
    return None


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__


def _first_line(error: BaseException) -> str:
    return str(error).strip().partition("\n")[0].rstrip(".")
