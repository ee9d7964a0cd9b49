"""A field for files of any size."""

from dara.components import UploadDropzone
from dara.core import ConfigurationBuilder, action


@action
async def note() -> None: ...


config = ConfigurationBuilder()
config.add_page('Page', content=UploadDropzone(on_drop=note(), accept='*/*', max_size=2 * 10**9))
