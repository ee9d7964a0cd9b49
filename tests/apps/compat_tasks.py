"""Tasks and uploads of the documentation, called as documented."""

from dara.components import Stack, Text, UploadDropzone
from dara.core import (
    ConfigurationBuilder,
    DerivedVariable,
    ProgressTracker,
    ProgressUpdater,
    TaskProgressUpdate,
    Variable,
    action,
    track_progress,
)

uploaded = Variable('')
progress = Variable('')
counted = Variable('')


@track_progress
def count(updater: ProgressUpdater, text):
    updater.send_update(progress=50, message='Counting')
    return f'{len(text.split())} words'


@action
async def count_again(ctx: action.Ctx, text):
    async def on_progress(update: TaskProgressUpdate):
        await ctx.update(variable=progress, value=f'{update.progress:g} {update.message}')

    result = await ctx.run_task(count, args=[text], on_progress=on_progress)
    await ctx.update(variable=counted, value=f'{result} again')


def read(content: bytes, name: str):
    return content.decode()


words = DerivedVariable(count, variables=[uploaded], run_as_task=True)

config = ConfigurationBuilder()
config.router.add_index(
    content=Stack(
        UploadDropzone(target=uploaded, resolver=read, accept='.txt', on_drop=count_again(uploaded)),
        Text(words, id_='words', fallback=ProgressTracker()),
        Text(progress, id_='progress'),
        Text(counted, id_='counted'),
    )
)
