"""A static folder, a file outside of it, and a link to that file."""

import pathlib

from dara.components import Text
from dara.core import ConfigurationBuilder

pathlib.Path('public/deep').mkdir(parents=True, exist_ok=True)
pathlib.Path('public/deep/a file.txt').write_text('public')
pathlib.Path('secret.txt').write_text('secret')
if not pathlib.Path('public/link.txt').exists():
    pathlib.Path('public/link.txt').symlink_to('../secret.txt')


config = ConfigurationBuilder()
config.add_page('Page', content=Text('x'))
config.add_static_folder('public')
