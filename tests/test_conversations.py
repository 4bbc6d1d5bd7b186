"""`rasa test` over tests/conversations with the trained model: every conversation must pass."""

import json
import os
import subprocess
import sys

from conftest import ROOT

AT_LEAST = 170


def test_all_conversations_pass(trained_model, tmp_path):
    command = [sys.executable, "-W", "ignore", "-m", "rasa", "test", "core", "--e2e"]
    command += ["--stories", "tests/conversations"]
    command += ["--model", str(trained_model), "--out", str(tmp_path), "--fail-on-prediction-errors", "--no-plot"]
    environment = {**os.environ, "RASA_TELEMETRY_ENABLED": "false", "OMP_NUM_THREADS": "1", "TF_CPP_MIN_LOG_LEVEL": "3"}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=280)
    failed = tmp_path / "failed_test_stories.yml"
    assert done.returncode == 0, failed.read_text() if failed.exists() else done.stdout[-3000:] + done.stderr[-3000:]
    accuracy = json.loads((tmp_path / "story_report.json").read_text())["conversation_accuracy"]
    assert accuracy["with_warnings"] == 0 or accuracy["correct"] == accuracy["total"]
    assert accuracy["total"] >= AT_LEAST
