from linli.conf.commands.migrate import age


def test_a_gathered_file_stays_for_one_more_generation(tmp_path):
    """A server that runs through an upgrade still finds the files its pages name."""
    used = tmp_path / "linli" / "desk.abc.css"
    used.parent.mkdir()
    used.write_text("body {}")
    age(tmp_path)
    assert used.exists()
    assert used.stat().st_mtime == 0
    age(tmp_path)
    assert not used.exists()


def test_no_folder_is_nothing_to_do(tmp_path):
    age(tmp_path / "missing")
