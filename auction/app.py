"""The composition root: the one module that knows everyone. It wires, and starts on request."""

import logging
import os
import secrets
import signal
import socket
import threading
from pathlib import Path

from cryptography import x509
from flask import Flask
from sqlalchemy import create_engine, event
from sqlalchemy.engine import Engine, make_url
from werkzeug.middleware.proxy_fix import ProxyFix

from auction import cli, live
from auction.demo.seats import Seats
from auction.jobs import clock as coarse_clock
from auction.ledger import keys as log_keys
from auction.ledger.cosignature import CosignatureError, Cosigner
from auction.pki import sm2
from auction.pki.demo.authority import DemoCA
from auction.pki.private_files import write_private_file
from auction.pki.sealing import Sealer, load_or_create_key
from auction.services import lots, practice, standing
from auction.services.anchoring_places import Anchoring, Witness
from auction.services.house import Bridge, House, Site
from auction.services.openings import Openings
from auction.services.randomness import Randomness, SystemRandomness
from auction.services.serving import begin, end
from auction.services.timestamping import Authority
from auction.services.trees import Trees
from auction.services.trust import start as trust_start
from auction.services.trust import store as trust_store
from auction.services.trust.anchors import Entry, EntryKind, Origin
from auction.store.base import configure_sqlite, db
from auction.store.clocks import PostgresReference
from auction.store.exclusive import Exclusive
from auction.store.leadership import Leadership
from auction.store.transactions import SqlStore
from auction.trading.batch import BatchWriter
from auction.trading.measures import Measures
from auction.trading.ports import Offload
from auction.trading.presence import Presence
from auction.trading.sequencer import Sequencer
from auction.trading.time import Clock, ReferenceClock
from auction.web import register as register_web
from config import ROOT, Settings, SettingsError

PAGES, TRADING, POOL_SECONDS = 15, 5, 20
"""Connections to PostgreSQL that one worker keeps for pages and sockets, and for trading (twice as
many at need), and how long one is waited for."""
LOCK_TIMEOUT_MS = 5000
"""How long a batch waits for a lot that another worker holds, before it is tried again."""

log = logging.getLogger(__name__)


def create_app(
    settings: Settings,
    clock: Clock | None = None,
    randomness: Randomness | None = None,
    offload: Offload | None = None,
    *,
    maintenance: bool = False,
) -> Flask:
    """The wired application. Nothing runs yet: `start` begins to take bids.

    `clock` and `randomness` are given by rehearsals and tests; `offload` by a server on gevent.
    Raises UnusableSm2 where SM2 signatures cannot be relied on, and SettingsError for an
    installation that must not start; for commands, which may mend it (`maintenance`), some of that
    is only a warning.
    """
    sm2.require()
    app = Flask(
        "auction", template_folder=str(ROOT / "templates"), static_folder=str(ROOT / "static")
    )
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    settings.keys_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    app.config.update(
        SECRET_KEY=_secret(settings.keys_dir / "secret"),
        SQLALCHEMY_DATABASE_URI=settings.database_url,
        SQLALCHEMY_ENGINE_OPTIONS=_engine_options(settings.database_url),
        SESSION_COOKIE_NAME="floor-form",
        SESSION_COOKIE_SECURE=settings.secure,
        SESSION_COOKIE_SAMESITE="Lax",
        MAX_CONTENT_LENGTH=16 * 1024 * 1024,
        WTF_CSRF_TIME_LIMIT=None,
        BABEL_TRANSLATION_DIRECTORIES=str(ROOT / "auction" / "translations"),
        RATE_LIMIT_URL=settings.redis_url,
        TRUSTED_PROXIES=settings.trusted_proxies,
        METRICS_TOKEN=settings.metrics_token,
    )
    db.init_app(app)
    with app.app_context():
        _prepare(db.engine)
    app.extensions["auction"] = _house(settings, clock, randomness, offload, maintenance)
    register_web(app)
    live.register(
        app,
        message_queue=settings.redis_url,
        socket_path=settings.socket_path,
        bids_per_second=settings.bids_per_second,
    )
    cli.register(app)
    app.extensions["keep_clock"] = lambda: _keep_clock(app)
    if settings.demo:
        app.wsgi_app = Seats(app.wsgi_app)  # type: ignore[method-assign]
    if (hops := settings.trusted_proxies) > 0:
        # Whence a request comes, and by which scheme; names and paths are settings, not headers.
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops, x_host=0)  # type: ignore[method-assign]
    return app


def start(app: Flask, *, serving: bool = True) -> None:
    """Become a worker: load the lots, record an outage if there was one, begin to take bids.

    Raises what services.serving.begin raises. Without `serving` the process only keeps the clock.
    """
    house: House = app.extensions["auction"]
    app.extensions["exclusive"] = Exclusive.take(house.engine)
    with app.app_context():
        begin(house)
        if house.site.demo and serving:
            practice.ensure_current(house)
    if serving:
        live.start(app)
    coarse_clock.start(app, house, Leadership(house.engine))


def _keep_clock(app: Flask) -> None:
    """Be the clock, or stand by to become it, until told to stop (SIGTERM, SIGINT)."""
    told = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda _number, _frame: told.set())
    start(app, serving=False)
    told.wait()
    stop(app)


def stop(app: Flask) -> None:
    """Decide what is ready and leave the others in order."""
    end(app.extensions["auction"])


def _house(
    settings: Settings,
    clock: Clock | None,
    randomness: Randomness | None,
    offload: Offload | None,
    maintenance: bool,
) -> House:
    # The writer has its own connections: it runs in a thread of its own.
    url = settings.database_url
    engine = create_engine(url, **_engine_options(url, trading=True))
    _prepare(engine)
    among_others = engine.dialect.name == "postgresql"
    time = clock or ReferenceClock(PostgresReference(engine) if among_others else None)
    demo_ca = _demo_ca(settings.data_dir / "demo-ca", time) if settings.demo else None
    worker = f"{socket.gethostname()}:{os.getpid()}:{secrets.token_hex(4)}"[-80:]
    # On PostgreSQL waiting is the driver's, and cooperative where the standard library is patched.
    store = SqlStore(engine, worker, None if among_others else offload)
    sealer = Sealer(load_or_create_key(settings.keys_dir / "identity.key"))
    measures = Measures()
    writer = BatchWriter(
        store, time, lots.qualified_roll, Openings(sealer), standing.turned_away, measures
    )
    sequencer = Sequencer(writer, time, measures)
    sequencer.announcing = not among_others
    fixed = _fixed_anchors(settings, demo_ca)
    _require_trust(settings, fixed, engine, time, maintenance)
    house = House(
        site=Site(
            origin=settings.origin,
            demo=settings.demo,
            agency_zh=settings.agency_zh,
            agency_en=settings.agency_en,
            log_origin=settings.log_origin,
            data_dir=settings.data_dir,
            session_idle_minutes=settings.session_idle_minutes,
            session_hours=settings.session_hours,
            practice_listing_seconds=settings.practice_listing_seconds,
            practice_countdown_seconds=settings.practice_countdown_seconds,
            soft_keys=settings.soft_keys,
            bridges=tuple(Bridge(*one) for one in settings.bridges),
            revocation_seconds=settings.revocation_seconds,
        ),
        clock=time,
        random=randomness or SystemRandomness(),
        engine=engine,
        sealer=sealer,
        log_private=_log_key(settings.keys_dir / "log.pem"),
        trust=trust_store.store_of(fixed, allow_demo=settings.demo),
        fixed_anchors=fixed,
        store=store,
        writer=writer,
        sequencer=sequencer,
        presence=Presence(store, time, sequencer, offload, among_others=among_others),
        among_others=among_others,
        demo_ca=demo_ca,
        trees=Trees(engine),
        anchoring=_anchoring(settings),
        offload=offload,
    )
    if trust_store.has_table(engine):
        house.trust = trust_store.load(house)
    return house


def _anchoring(settings: Settings) -> Anchoring:
    """Who anchors the logs. Raises SettingsError for a key or certificate that is none."""
    problems: list[str] = []
    witnesses: list[Witness] = []
    for key, url in settings.witnesses:
        try:
            witnesses.append(Witness(Cosigner.from_string(key), url))
        except CosignatureError as error:
            problems.append(f"AUCTION_WITNESSES: {key}: {error.detail}")
    authority = None
    if settings.tsa is not None:
        url, file = settings.tsa
        try:
            chain = x509.load_pem_x509_certificates(file.read_bytes())
            authority = Authority.from_pem(url, chain)
        except OSError as error:
            problems.append(f"AUCTION_TSA_CERTIFICATE: {file}: {error.strerror}")
        except ValueError as error:
            problems.append(f"AUCTION_TSA_CERTIFICATE: {file}: {error}")
    if problems:
        raise SettingsError(problems)
    return Anchoring(tuple(witnesses), settings.witness_quorum, authority)


def _engine_options(url: str, *, trading: bool = False) -> dict[str, object]:
    # Values stay out of messages: what failed to be written, a name or a bid, is not for the log.
    pool = TRADING if trading else PAGES
    if make_url(url).get_backend_name() == "sqlite":
        return {"hide_parameters": True, "connect_args": {"check_same_thread": False}}
    options: dict[str, object] = {
        "hide_parameters": True,
        "pool_pre_ping": True,
        "pool_size": pool,
        "max_overflow": pool,
        "pool_timeout": POOL_SECONDS,
    }
    if trading:
        options["connect_args"] = {"options": f"-c lock_timeout={LOCK_TIMEOUT_MS}"}
    return options


def _prepare(engine: Engine) -> None:
    if engine.dialect.name == "sqlite" and not event.contains(engine, "begin", _marker):
        event.listen(engine, "begin", _marker)
        configure_sqlite(engine)


def _marker(_connection: object) -> None:
    """Marks an engine that has been configured."""


def _fixed_anchors(settings: Settings, demo_ca: DemoCA | None) -> tuple[Entry, ...]:
    """What is trusted apart from the table: operators' files, and in a demonstration its own."""
    found, problems = trust_start.files(settings.anchors_dir)
    if problems:
        raise SettingsError(problems)
    if demo_ca is not None:
        for der, kind in (
            (demo_ca.anchor, EntryKind.ANCHOR),
            (demo_ca.intermediate, EntryKind.INTERMEDIATE),
        ):
            found.append(trust_store.fixed_entry(der, kind, Origin.DEMO))
    return tuple(found)


def _require_trust(
    settings: Settings,
    fixed: tuple[Entry, ...],
    engine: Engine,
    clock: Clock,
    maintenance: bool,
) -> None:
    """Raise SettingsError for a trust store with which a server must not start."""
    found = trust_start.problems(
        fixed, engine, demo=settings.demo, now=clock.now(), folder=settings.anchors_dir
    )
    if found.grave or (found.mendable and not maintenance):
        raise SettingsError([*found.grave, *found.mendable])
    for problem in found.mendable:
        log.warning("a server would not start: %s", problem)


def _demo_ca(folder: Path, clock: Clock) -> DemoCA:
    if not (folder / "root.key").exists():
        DemoCA.create(None, clock.now()).save(folder)
    return DemoCA.load(folder)


def _log_key(path: Path) -> log_keys.Ed25519PrivateKey:
    return log_keys.load(path) if path.exists() else log_keys.generate(path)


def _secret(path: Path) -> str:
    if not path.exists():
        write_private_file(path, secrets.token_hex(32).encode())
    return path.read_text("ascii").strip()
