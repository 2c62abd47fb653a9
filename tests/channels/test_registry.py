"""Channels by name: what is installed, what is broken, what is registered twice."""

import pickle
import subprocess
import sys
from importlib.metadata import EntryPoint
from pathlib import Path
from textwrap import dedent
from unittest import mock

import pytest

from crmlib import plugins
from crmlib.channels import list_channels, load_channel
from crmlib.exceptions import DuplicatePluginError, PluginLoadError, UnknownNameError

GOOD = """
from crmlib import Capabilities, Channel

class PigeonChannel(Channel):
    name = "pigeon"
    capabilities = Capabilities(medium="pigeon", address_field="loft")

    def send(self, messages):
        return []
"""


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Make a folder on the path into which packages can be installed."""
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(sys, "modules", dict(sys.modules))
    return tmp_path


def _install(site: Path, package: str, name: str, target: str, code: str = "") -> None:
    """Put a package with one channel where an installer would."""
    metadata = site / f"{package.replace('-', '_')}-2.5.dist-info"
    metadata.mkdir()
    metadata.joinpath("METADATA").write_text(
        f"Metadata-Version: 2.4\nName: {package}\nVersion: 2.5\n"
    )
    metadata.joinpath("entry_points.txt").write_text(f"[crmlib.channels]\n{name} = {target}\n")
    if code:
        module = target.partition(":")[0]
        site.joinpath(f"{module}.py").write_text(dedent(code))


def test_ours_are_registered_like_any_other() -> None:
    """The channels of crmlib come through the entry points of its own package."""
    ours = {info.name: info.target for info in list_channels() if info.package == "crmlib"}

    assert ours == {
        "apprise": "crmlib.channels:AppriseChannel",
        "console": "crmlib.channels:ConsoleChannel",
        "fcm": "crmlib.channels:FcmChannel",
        "file": "crmlib.channels:FileChannel",
        "memory": "crmlib.channels:MemoryChannel",
        "nhncloud": "crmlib.channels:NhnCloudChannel",
        "nhncloud-alimtalk": "crmlib.channels:NhnCloudAlimtalkChannel",
        "nhncloud-brand": "crmlib.channels:NhnCloudBrandChannel",
        "sens": "crmlib.channels:SensChannel",
        "slack": "crmlib.channels:SlackChannel",
        "smtp": "crmlib.channels:SmtpChannel",
        "solapi": "crmlib.channels:SolapiChannel",
        "solapi-alimtalk": "crmlib.channels:SolapiAlimtalkChannel",
        "solapi-brand": "crmlib.channels:SolapiBrandChannel",
        "twilio": "crmlib.channels:TwilioChannel",
        "twilio-whatsapp": "crmlib.channels:TwilioWhatsAppChannel",
        "webhook": "crmlib.channels:WebhookChannel",
        "webhook-sms": "crmlib.channels:WebhookSmsChannel",
    }
    for name in ours:
        assert load_channel(name).name == name


def test_another_package_adds_a_channel(site: Path) -> None:
    """A package that is installed is listed with its version, and its channel loads."""
    _install(site, "crm-pigeon", "pigeon", "pigeon_post:PigeonChannel", GOOD)

    assert (
        plugins.PluginInfo(
            name="pigeon", package="crm-pigeon", version="2.5", target="pigeon_post:PigeonChannel"
        )
        in list_channels()
    )
    assert "pigeon_post" not in sys.modules

    assert load_channel("pigeon").capabilities.medium == "pigeon"


@pytest.mark.parametrize(
    ("code", "cause"),
    [
        ("import no_such_module_at_all", ModuleNotFoundError),
        ("1 / 0", ZeroDivisionError),
        ("raise SystemExit(3)", SystemExit),
        ("x = (", SyntaxError),
        ("OtherChannel = 1", AttributeError),
    ],
    ids=["missing module", "crash", "exit", "syntax", "missing class"],
)
def test_a_broken_package_hurts_only_those_who_ask(
    site: Path, code: str, cause: type[BaseException]
) -> None:
    """A package that cannot be imported is listed, and fails when it is loaded."""
    _install(site, "crm-pigeon", "pigeon", "pigeon_broken:PigeonChannel", code)

    assert "pigeon" in {info.name for info in list_channels()}
    assert load_channel("memory").name == "memory"
    with pytest.raises(PluginLoadError, match="'pigeon' of package 'crm-pigeon'") as caught:
        load_channel("pigeon")

    assert isinstance(caught.value.__cause__, cause)
    assert cause.__name__ in caught.value.problem


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ("(Channel)", "", "pigeon_odd:PigeonChannel is no subclass of crmlib's Channel"),
        ("def send", "def fly", "pigeon_odd:PigeonChannel has no send"),
        ('name = "pigeon"', 'name = "dove"', "pigeon_odd:PigeonChannel calls itself 'dove'"),
        ('name = "pigeon"', "", "pigeon_odd:PigeonChannel calls itself None"),
        ("capabilities =", "can =", "pigeon_odd:PigeonChannel declares no capabilities"),
        ("class PigeonChannel(Channel)", "PigeonChannel = 3\nclass X", "is no subclass"),
    ],
)
def test_what_is_no_channel_is_not_loaded(site: Path, old: str, new: str, problem: str) -> None:
    """What is found under the name has to be a channel of that name."""
    _install(site, "crm-pigeon", "pigeon", "pigeon_odd:PigeonChannel", GOOD.replace(old, new))

    with pytest.raises(PluginLoadError) as caught:
        load_channel("pigeon")

    assert problem in caught.value.problem
    assert "repair or uninstall that package" in str(caught.value)


def test_two_packages_with_one_name_are_an_error(site: Path) -> None:
    """No package wins a name silently: the error names both."""
    _install(site, "crm-pigeon", "pigeon", "pigeon_post:PigeonChannel", GOOD)
    _install(site, "other-birds", "pigeon", "other_birds:PigeonChannel")

    names = [info.package for info in list_channels() if info.name == "pigeon"]
    with pytest.raises(DuplicatePluginError) as caught:
        load_channel("pigeon")

    assert names == caught.value.packages == ["crm-pigeon", "other-birds"]
    assert "uninstall all but one" in str(caught.value)


def test_nobody_takes_a_name_of_ours(site: Path) -> None:
    """A package that registers smtp breaks smtp, and says so."""
    _install(site, "evil-mail", "smtp", "evil_mail:SmtpChannel")

    with pytest.raises(DuplicatePluginError, match=r"\['crmlib', 'evil-mail'\]"):
        load_channel("smtp")


def test_an_unknown_name_is_an_error() -> None:
    """A name that nobody registers is an error with a guess."""
    with pytest.raises(UnknownNameError, match="there is no channel 'smpt'; did you mean 'smtp'"):
        load_channel("smpt")


def test_an_entry_point_without_a_package() -> None:
    """Metadata that names no package is shown with question marks."""
    lost = EntryPoint(name="lost", value="lost:Lost", group="crmlib.channels")

    with mock.patch.object(plugins, "entry_points", return_value=[lost]):
        infos = list_channels()

    assert infos == [plugins.PluginInfo(name="lost", package="?", version="?", target="lost:Lost")]


def test_load_errors_survive_pickling() -> None:
    """The error can cross to another process."""
    error = PluginLoadError("channel", "pigeon", "crm-pigeon", "broken")

    assert str(pickle.loads(pickle.dumps(error))) == str(error)


@pytest.mark.parametrize(
    "code",
    [
        "import crmlib.channels",
        "from crmlib.channels import *",
        "from crmlib.channels import load_channel; load_channel('smtp')(host='localhost')",
        "import crmlib.messages, crmlib.addresses, crmlib.exceptions",
        "from crmlib import Channel",
    ],
)
def test_a_channel_author_pays_for_no_dataframe(code: str) -> None:
    """Channels, messages, addresses and errors load neither numpy, pandas nor scikit-learn."""
    check = (
        f"{code}\nimport sys\n"
        "print([m for m in ('numpy', 'pandas', 'scipy', 'sklearn') if m in sys.modules])"
    )

    answer = subprocess.run(
        [sys.executable, "-c", check], check=True, capture_output=True, text=True
    )

    assert answer.stdout == "[]\n"
