"""The long-running service that watches, judges and mails, each part on its own."""
