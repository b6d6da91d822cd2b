"""A foreign self-check machine, run by the Python that has it: the package Sip2.

Takes host's port, handle, token, card and barcode; prints what it read, as JSON. The package's own
wrapper is not used: it takes the flags of a patron the wrong way round.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
from typing import Any  # the package has no types

from Sip2.sip2 import Sip2  # type: ignore[import-not-found] # in an environment of its own


def main(port: str, handle: str, token: str, card: str, barcode: str) -> dict[str, Any]:
    """Sign in, look, borrow, renew, return, end."""
    machine = Sip2()
    machine.hostName, machine.hostPort, machine.tlsEnable = "127.0.0.1", int(port), False
    machine.loglevel, machine.logfile_path = "CRITICAL", tempfile.gettempdir()
    machine.connect()
    read: dict[str, Any] = {}

    def ask(name: str, request: str) -> None:
        parse = getattr(machine, f"sip_{name}_response")
        read[name] = parse(machine.get_response(request))

    ask("login", machine.sip_login_request(handle, token))
    ask("sc_status", machine.sip_sc_status_request())
    machine.patron, machine.language = card, "020"
    ask("patron_status", machine.sip_patron_status_request())
    ask("item_information", machine.sip_item_information_request(barcode))
    ask("checkout", machine.sip_checkout_request(barcode))
    ask("patron_information", machine.sip_patron_information_request("charged"))
    ask("renew", machine.sip_renew_request(barcode))
    ask("checkin", machine.sip_checkin_request(barcode))
    ask("hold", machine.sip_hold_request("+", itemIdentifier=barcode))
    ask("renew_all", machine.sip_renew_all_request())
    ask(
        "fee_paid",
        machine.sip_fee_paid_request(4, 0, "700", transactionId="T1", currencyType="KRW"),
    )
    machine.sip_block_patron_response = machine.sip_patron_status_response
    ask("block_patron", machine.sip_block_patron_request("card forgotten", "Y"))
    ask("patron_enable", machine.sip_patron_enable_request())
    ask("item_status_update", machine.sip_item_status_update_request(barcode, "12"))
    ask("end_patron_session", machine.sip_end_patron_session_request())
    machine.disconnect()
    return read


if __name__ == "__main__":
    os.chdir(tempfile.mkdtemp())  # it writes a log where it stands
    print(json.dumps(main(*sys.argv[1:])))
