"""Real hosts for tests and benches, made of namespaces on this machine: nothing outside them is ever spoken to.

    with network() as net, systemd_host(net, "mini", units) as mini, fleet(net, 50) as hosts: ...

What this machine does not allow skips the test with the reason; a script sees `pytest.skip.Exception`.
"""
