"""Valuation: the customer's loan and the signed leases as annuities."""

from __future__ import annotations

from workbook.template.area import Area
from workbook.template.layout import Book, Check, Page
from workbook.template.rows import FIRST, column_of, put_line, scalar
from workbook.template.sheets.valuation.lines import each, heads, years

LOAN = ("Loan_schedule",)
LEASES = ("Lease_liability",)
#: Instalments that a user can add before the schedule is too short.
ROOM = 2


def loan(page: Page, book: Book) -> None:
    """Write what is not repaid in capacity in equal parts, and in level payments beside."""
    rate, count = "Loan_rate", "Loan_instalments"
    lent = scalar(
        page, "USD m", "Principal that instalments repay",
        f"=Loan_principal-SUM({column_of(book, 'loan_capacity', 'Repaid in capacity')})",
    )  # fmt: skip
    level = scalar(page, "USD m", "Level payment a year",
                   f"=-RETURN_PMT({rate},{count},{lent.local})")  # fmt: skip
    terms = f"{rate},{count},-{level.local}"
    worth = scalar(page, "USD m", "Present value of the level payments", f"=PV({terms})")
    due = scalar(page, "USD m", "Due after the last of them",
                 f"=-RETURN_FV({terms},{lent.local})")  # fmt: skip
    periods = scalar(page, "years", "Payments that settle it",
                     f"=NPER({rate},-{level.local},{lent.local})")  # fmt: skip
    earned = scalar(page, "fraction", "Rate that they earn",
                    f"=RETURN_RATE({count},-{level.local},{lent.local})")  # fmt: skip
    book.count("Level payments", Area(page.title, level.row, FIRST, 5))
    page.row += 1
    shown = int(book.case.scalars["loan_instalments"].number) + ROOM
    year = years(page, shown)
    runs = [f"{y}<={count}" for y in each(year)]

    def opened(row: int) -> list[str]:
        """The closing balance of the year before; the label before the first is no number."""
        left = [Area(page.title, row, FIRST + i - 1).by_column for i in range(shown)]
        return [f"=IF(ISNUMBER({c}),{c},{lent.local})" for c in left]

    opening = put_line(page, "USD m", "Equal parts: opening", opened(page.row + 3))
    interest = put_line(page, "USD m", "Equal parts: interest",
                        [f"={o}*{rate}" for o in each(opening)])  # fmt: skip
    repaid = put_line(page, "USD m", "Equal parts: principal",
                      [f"=IF({r},{lent.local}/{count},0)" for r in runs])  # fmt: skip
    # Not by subtraction, which would leave the last digits of a nil.
    closing = put_line(page, "USD m", "Equal parts: closing",
                       [f"={lent.local}*(1-MIN({y},{count})/{count})" for y in each(year)],
                       )  # fmt: skip
    paid = put_line(page, "USD m", "Equal parts: payment",
                    [f"={i}+{p}" for i, p in zip(each(interest), each(repaid), strict=True)],
                    )  # fmt: skip
    page.row += 1
    start = put_line(page, "USD m", "Level payments: opening", opened(page.row + 3))
    charged = put_line(page, "USD m", "Level payments: interest",
                       [f"={o}*{rate}" for o in each(start)])  # fmt: skip
    even = put_line(page, "USD m", "Level payments: payment",
                    [f"=IF({r},{level.local},0)" for r in runs])  # fmt: skip
    # What the payments still due are worth, which is nil after the last of them to the last digit.
    left = put_line(
        page, "USD m", "Level payments: closing",
        [f"=PV({rate},{count}-MIN({y},{count}),-{level.local})" for y in each(year)],
    )  # fmt: skip
    book.count("Level payments, what is left", left)
    page.row += 1
    more = scalar(page, "USD m", "Interest that level payments cost more",
                  f"=SUM({charged.local})-SUM({interest.local})")  # fmt: skip
    page.row += 1
    repayments = book.areas["Loan_schedule"].body(3)
    given = f"{rate},{count}"
    book.checks += [
        Check("Loan: instalments repay what capacity does not", f"SUM({repayments})", str(lent)),
        Check("Loan: PMT", f"-PMT({given},{lent})", str(level)),
        Check("Loan: level payments one by one are worth as much",
              f"SUMPRODUCT({even}/(1+{rate})^{year})", str(worth)),
        Check("Loan: nothing is due after level payments", f"FV({given},-{level},{lent})+{due}",
              "0", 1e-7),
        Check("Loan: as many payments settle it as there are instalments", count, str(periods)),
        Check("Loan: RATE", f"RATE({count},-{level},{lent},0,0,{earned})", str(earned)),
        Check("Loan: equal parts repay it", f"SUM({repaid})", str(lent)),
        Check("Loan: equal parts at their rate are worth it",
              f"SUMPRODUCT({paid}/(1+{rate})^{year})", str(lent)),
        Check("Loan: equal parts open, are repaid and close",
              f"SUM({opening})-SUM({repaid})", f"SUM({closing})"),
        Check("Loan: level payments open, bear interest, are paid and close",
              f"SUM({start})+SUM({charged})-SUM({even})", f"SUM({left})"),
        Check("Loan: interest is what is paid beyond the principal",
              f"SUM({even})-SUM({paid})", str(more)),
    ]  # fmt: skip


def leases(page: Page, book: Book) -> None:
    """Write each lease as level payments from its start, beside LEASE_COMMITMENTS."""
    names, amount, start, term = (
        column_of(book, "leases_signed", h) for h in ("Lease", "Commitment", "Start", "Term")
    )
    count, rate = names.rows, str(book.areas["cost_of_capital.cost_of_debt"])
    heads(page, "Lease", [f"={names.part(i, 0)}" for i in range(count)],
          [row.cells[0] for row in book.case.tables["leases_signed"].rows.values()])  # fmt: skip
    yearly = put_line(page, "USD m", "Payment a year",
                      [f"={amount.part(i, 0)}/{term.part(i, 0)}" for i in range(count)],
                      )  # fmt: skip
    begun = put_line(
        page, "USD m", "Value at the start, payments at the ends of years",
        [f"=-PV({rate},{term.part(i, 0)},{p})" for i, p in enumerate(each(yearly))],
    )  # fmt: skip
    now = put_line(
        page, "USD m", "Value today, payments in the middle of years",
        [f"={v}*(1+{rate})^(1/2-{start.part(i, 0)})" for i, v in enumerate(each(begun))],
    )  # fmt: skip
    block = book.areas["Lease_liability"]
    beside = put_line(page, "USD m", "Value today by LEASE_COMMITMENTS",
                      [f"={block.part(i, 3)}" for i in range(1, count + 1)],
                      style="link")  # fmt: skip
    book.count("Leases as annuities", Area(page.title, begun.row, FIRST, 2, count))
    # Whole years alone have as many payments as years.
    cells = [column.part(i, 0) for column in (start, term) for i in range(count)]
    whole = f"AND({','.join(f'{cell}=INT({cell})' for cell in cells)})"
    book.checks += [
        Check("Leases: as annuities by PV", f"IF({whole},SUM({now}),SUM({beside}))",
              f"SUM({beside})"),
        Check("Leases: a perpetuity less the one that follows the last payment", "+".join(
            f"{yearly.part(0, i)}*(1-(1+{rate})^-{term.part(i, 0)})/{rate}" for i in range(count)
        ), f"SUM({begun})"),
    ]  # fmt: skip
