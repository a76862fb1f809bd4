"""Use cases: load, ask the domain, store. All I/O goes through `vostok.services.ports`."""
