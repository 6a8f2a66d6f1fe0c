"""The rooms of the house know each other in one direction only."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent


def test_imports_follow_the_contracts_of_pyproject() -> None:
    command = [Path(sys.executable).parent / "lint-imports", "--no-cache"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_every_folder_of_code_is_a_package() -> None:
    folders = {path.parent for path in (ROOT / "bot").rglob("*.py")} - {ROOT / "bot/store/migrations/versions"}
    assert not [folder for folder in folders if not (folder / "__init__.py").is_file()]


def test_what_reads_documents_is_loaded_only_for_documents() -> None:
    code = (
        "import sys, bot.cli, bot.services, bot.ingest.importing\n"
        "print(sorted({'docx', 'lxml', 'pypdf', 'charset_normalizer'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_what_answers_people_is_loaded_by_no_worker(tmp_path: Path) -> None:
    code = (
        "import sys\n"
        "from datetime import UTC, datetime\n"
        "from pathlib import Path\n"
        "from bot.services import Services\n"
        "from bot.settings import Settings, WeChatSettings\n"
        "services = Services(Settings(var_dir=Path(sys.argv[1]), wechat=WeChatSettings(app_id='wx1', secret='s')))\n"
        "assert services.crew(4) and services.senders\n"
        "now = datetime.now(UTC)\n"
        "for job in ('sweep', 'return_talks', 'remind', 'send_tips', 'consult', 'tell_askers', 'read_feeds'):\n"
        "    getattr(services, job)(now)\n"
        "services.close()\n"
        "print(sorted({'bot.answers.pipeline', 'flask', 'numpy', 'openpyxl'} & set(sys.modules)))"
    )
    command = [sys.executable, "-c", code, str(tmp_path)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
