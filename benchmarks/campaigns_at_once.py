"""The large form of fifty campaigns at once: four workers on PostgreSQL, opt-outs throughout.

The claim is that no cap is exceeded, nobody is claimed after the commit of an
opt-out, and no second holds more messages than the rate, at the server.
"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "delivery"))

from campaigns_at_once import CAP, WORKERS, Size, run
from postgres_server import PostgresServer
from results import describe_machine, write_section

SIZE = Size(campaigns=50, customers=4_000, audience=240, opt_outs=400, rate=100)


def main() -> None:
    """Send, print and keep the findings; exit with 1 if a claim does not hold."""
    server = PostgresServer()
    found = run(server.url(server.make_database()), SIZE)
    server.close()
    status = found.status
    text = (
        f"{SIZE.campaigns} campaigns of {SIZE.audience} messages to {SIZE.customers:,} customers, "
        f"{WORKERS} worker processes on PostgreSQL (in memory), a loopback SMTP server, "
        f"{SIZE.opt_outs} opt-outs meanwhile, at most {CAP['most']} in {CAP['hours']} h and "
        f"{SIZE.rate:g} a second.\n\n"
        "| claim | allowed | found |\n|---|---:|---:|\n"
        f"| messages to one address | {CAP['most']} | {max(found.received.values())} |\n"
        f"| claims after a committed opt-out | 0 | {len(found.late_claims)} |\n"
        f"| messages in the densest second | {SIZE.rate} | {found.most_in_a_second} |\n"
        f"| received and not accepted, or the other way round | 0 | "
        f"{abs(status['accepted'].sum() - found.received.total())} |\n\n"
        f"{found.received.total():,} sent in {found.seconds:.0f} s, "
        f"{status['blocked'].sum():,} blocked, {status['planned'].sum():,} wait for a cap.\n\n"
        f"{describe_machine('crmlib', 'sqlalchemy', 'psycopg')}"
    )
    print(text)
    write_section("campaigns_at_once", text)
    holds = (
        max(found.received.values()) <= CAP["most"]
        and not found.late_claims
        and found.most_in_a_second <= SIZE.rate
        and status["accepted"].sum() == found.received.total()
    )
    sys.exit(not holds)


if __name__ == "__main__":
    main()
