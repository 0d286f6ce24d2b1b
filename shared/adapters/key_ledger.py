"""
What is remembered of each account's rotation, one entity an account, in a table of its own. The engine's `KeyLedger`.

An entity's etag is the record's version. A record that hundreds of consumers stand in is longer than one property may
be, so its JSON is cut into several (`Record0`, `Record1`, …). It names slots and moments; no key, and no hash of one.
"""

import json
import logging
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, Final

from azure.data.tables import TableEntity

from shared.adapters.state_table import StateTable, digest, etag_of, parts, plain_moment, whole
from shared.model.errors import BadResourceId, Conflict, Rejected
from shared.model.key_facts import Slot
from shared.model.resource_id import ResourceId
from shared.model.rotation import Cause, Demand, Phase, Proof, Record, Sighting

LEDGER: Final = "hubwardenkeys"
"""The table's name."""

_PARTITION, _EVERYTHING = "accounts", "~"
_RECORD = "Record"

_log = logging.getLogger(__name__)

type _Kept = Mapping[str, Any]


class TableKeyLedger:
    """Records of rotations, by account."""

    def __init__(self, table: StateTable) -> None:
        """Keep them in a table that holds nothing else."""
        self._table = table

    async def all(self) -> Mapping[ResourceId, Record]:
        """
        See `KeyLedger.all`: one query a thousand accounts.

        A record that cannot be read is left out and logged: it must not hold up the others. Nobody rotates its account
        meanwhile, for who takes the account for a new one finds at its first save that it is none.
        """
        records = {}
        for entity in await self._table.between(_PARTITION, "", _EVERYTHING):
            try:
                record = _record(entity)
            except Rejected as error:
                _log.error("keys.ledger %s", error)
            else:
                records[record.account] = record
        return records

    async def get(self, account: ResourceId) -> Record | None:
        """See `KeyLedger.get`: one read. Raises Rejected for a record that cannot be read: it is there, after all."""
        entity = await self._table.get(_PARTITION, digest(account))
        return None if entity is None else _record(entity)

    async def save(self, record: Record) -> Record:
        """
        See `KeyLedger.save`: one write, and a read where another was there first.

        What is there and says the same is no conflict: then our own write had arrived, and only its answer was lost.
        """
        entity = _entity(record)
        if record.version:
            etag = await self._table.replace(entity, record.version)
        else:
            etag = await self._table.insert(entity)
        if etag is not None:
            return replace(record, version=etag)
        kept = await self.get(record.account)
        if kept is None or kept != record:
            raise Conflict(f"somebody else saved another record of {record.account} since this one was read")
        return kept


def _entity(record: Record) -> dict[str, Any]:
    # Escaped, so that no character is longer than the limit counts, and none is cut in two.
    text = json.dumps(_kept(record), separators=(",", ":"))
    return {
        "PartitionKey": _PARTITION,
        "RowKey": digest(record.account),
        "Account": str(record.account),
        "Phase": str(record.phase),
        **parts(_RECORD, text),
    }


def _kept(record: Record) -> dict[str, Any]:
    """The record as JSON has it; its account stands beside it, and its version is the table's."""
    demand, proof, sighting = record.demand, record.proof, record.sighting
    return {
        "seen": _text(record.seen),
        "phase": record.phase,
        "fresh": record.fresh,
        "demand": demand
        and {
            "cause": demand.cause,
            "reason": demand.reason,
            "by": demand.by,
            "at": _text(demand.at),
            "correlation": demand.correlation_id,
        },
        "begun": _text(record.begun),
        "since": _text(record.since),
        "born": {slot: _text(at) for slot, at in record.born.items()},
        "holders": {str(holder): slot for holder, slot in record.holders.items()},
        "kept": {slot: _text(at) for slot, at in record.kept.items()},
        "proof": proof and {"opened": proof.opened, "told": proof.told, "at": _text(proof.at)},
        "approved": record.approved,
        "sighting": sighting
        and {
            "who": sighting.who,
            "what": sighting.what,
            "at": _text(sighting.at),
            "correlation": sighting.correlation_id,
        },
        "ended": _text(record.ended),
        "trouble": record.trouble,
    }


def _text(moment: datetime | None) -> str | None:
    return None if moment is None else moment.astimezone(UTC).isoformat()


def _record(entity: TableEntity) -> Record:
    """
    The record of an entity: fields that are not known are left out, those that are not there have their default.

    Raises Rejected for one that is no record: what it said of the account is not known, which is not nothing.
    """
    try:
        account = ResourceId.parse(entity["Account"])
        kept = json.loads(whole(_RECORD, entity))
        return replace(_told(account, entity, kept), version=etag_of(entity))
    except (KeyError, TypeError, ValueError, AttributeError, BadResourceId) as error:
        named = entity.get("Account") or entity["RowKey"]
        raise Rejected(
            f"the ledger's record of {named} cannot be read ({type(error).__name__}); "
            f"put the version that wrote it back, or delete the row from table {LEDGER} to begin anew"
        ) from None


def _told(account: ResourceId, entity: TableEntity, kept: _Kept) -> Record:
    return Record(
        account,
        seen=_moment(kept.get("seen")) or _written(entity),
        phase=_word(Phase, kept.get("phase")) or Phase.RESTING,
        fresh=_word(Slot, kept.get("fresh")),
        demand=_of(kept.get("demand"), _demand),
        begun=_moment(kept.get("begun")),
        since=_moment(kept.get("since")),
        born={Slot(slot): datetime.fromisoformat(at) for slot, at in (kept.get("born") or {}).items()},
        holders={ResourceId.parse(held): Slot(slot) for held, slot in (kept.get("holders") or {}).items()},
        kept={Slot(slot): datetime.fromisoformat(at) for slot, at in (kept.get("kept") or {}).items()},
        proof=_of(kept.get("proof"), _proof),
        approved=kept.get("approved") or "",
        sighting=_of(kept.get("sighting"), _sighting),
        ended=_moment(kept.get("ended")),
        trouble=kept.get("trouble") or "",
    )


def _written(entity: TableEntity) -> datetime:
    """When an entity was last written: no later than that its account was seen."""
    at = entity.metadata["timestamp"]
    if at is None:
        raise ValueError("the table does not say when it was written")
    return plain_moment(at)


def _moment(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)


def _word[T](words: Callable[[str], T], text: str | None) -> T | None:
    return None if text is None else words(text)


def _of[T](kept: _Kept | None, read: Callable[[_Kept], T]) -> T | None:
    return None if kept is None else read(kept)


def _demand(kept: _Kept) -> Demand:
    reason, by, correlation = (kept.get(name) or "" for name in ("reason", "by", "correlation"))
    return Demand(Cause(kept["cause"]), reason, by, datetime.fromisoformat(kept["at"]), correlation)


def _proof(kept: _Kept) -> Proof:
    return Proof(kept.get("opened"), kept.get("told") or "", datetime.fromisoformat(kept["at"]))


def _sighting(kept: _Kept) -> Sighting:
    who, what, correlation = (kept.get(name) or "" for name in ("who", "what", "correlation"))
    return Sighting(who, what, datetime.fromisoformat(kept["at"]), correlation)
