"""Write deploy/mosquitto/mosquitto.conf from deploy/mosquitto/config.py."""

from pathlib import Path

from deploy.mosquitto.config import DOCKER, render

FILE = Path(__file__).with_name("mosquitto.conf")

if __name__ == "__main__":
    FILE.write_text(render(DOCKER))
