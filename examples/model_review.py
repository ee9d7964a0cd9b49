"""A model review: an author uploads labels and scores, a long job evaluates them, and a reviewer decides.

Run it: `dara start --config model_review:config`, and log in as `ann`, the author, and in another browser as `ben`, the
reviewer (`secret`). It needs numpy and pandas. Let ann download the sample, and upload it: both see the progress, the
charts, each other's threshold and comments. The decision is for ben alone. After a restart, all of it is there again.
"""

import asyncio
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any, Literal
from uuid import uuid4

import numpy as np
import pandas as pd  # type: ignore[import-untyped, unused-ignore]  # has no types of its own
from pydantic import BaseModel, Field

from dara.components import (
    Button,
    ButtonBar,
    Card,
    Chart,
    Form,
    Grid,
    Heading,
    Input,
    Presence,
    Slider,
    Stack,
    Table,
    Text,
    Textarea,
    Timestamp,
    UploadDropzone,
)
from dara.core import (
    ActionCtx,
    ComponentInstance,
    ConfigurationBuilder,
    DerivedVariable,
    For,
    If,
    Match,
    ProgressTracker,
    ProgressUpdater,
    Variable,
    action,
    py_component,
    track_progress,
)
from dara.core.auth import MultiBasicAuthConfig, UserData, get_user_data
from dara.core.errors import InvalidValue
from dara.core.persistence import BackendStore, FileBackend

ROLES = {'ann': 'author', 'ben': 'reviewer'}
FOLDER = Path('review')
SAMPLE = FOLDER / 'sample.csv'
NEEDED = ['label', 'score', 'segment']
FEWEST = 20
RESAMPLES = 800


class Team(MultiBasicAuthConfig):
    async def login(self, name: str, password: str) -> UserData | None:
        user = await super().login(name, password)
        return user and user.model_copy(update={'groups': [ROLES[name]]})


def is_a(role: str) -> bool:
    user = get_user_data()
    return user is not None and role in user.groups


# What is kept. Browsers write the selected scores and their drafts; the rest is for the actions alone to write.


def kept(name: str, default: Any, **rules: Any) -> Variable[Any]:
    return Variable(default, store=BackendStore(FileBackend(path=FOLDER / f'{name}.json'), uid=name, **rules))


model = kept('model', {'file': None, 'name': '', 'status': 'Open'}, can_write=lambda user: False)
comments = kept('comments', [], can_write=lambda user: False)
history = kept('history', [], can_write=lambda user: False)
selection = kept('selection', {'score': {'from': 0.5, 'to': 1}})
draft = kept('drafts', '', scope='user')
file = model.get('file')


async def append(entries: Variable[Any], text: str) -> None:
    """Add a line of the present user, atomically: of two people who write at the same moment, both are heard."""
    user = get_user_data()
    new = {'id': uuid4().hex, 'by': user and user.identity_name, 'at': datetime.now(UTC), 'text': text}
    await entries.modify(lambda known: [*known, new])


# What is computed. `evaluate` takes its time: it runs in a process of its own, once for all who wait for it.


def read(path: Path) -> pd.DataFrame:
    """Return the cases in a file, or say what is wrong with it."""
    try:
        cases = pd.read_csv(path)
    except ValueError as error:
        raise InvalidValue(f'This is no CSV file: {error}') from error
    if missing := [name for name in NEEDED if name not in cases]:
        raise InvalidValue(f'There is no column {" and no ".join(missing)}, only {", ".join(cases)}.')
    if not cases['label'].isin([0, 1]).all():
        raise InvalidValue('The labels have to be 0 and 1.')
    if not pd.to_numeric(cases['score'], errors='coerce').between(0, 1).all():
        raise InvalidValue('The scores have to be numbers from 0 to 1.')
    counts = pd.crosstab(cases['segment'], cases['label']).reindex(columns=[0, 1], fill_value=0)
    if cases.empty or counts.min(axis=None) < FEWEST:
        raise InvalidValue(f'Each segment needs at least {FEWEST} cases of each label.')
    return cases


def load(file: str) -> pd.DataFrame:
    return read(FOLDER / file)


def auc(ordered: Any, weights: Any = 1) -> float:
    """Return the share of the pairs of a 1 and a 0 in which the 1 is later; the labels are ordered by their scores."""
    ones, zeros = ordered * weights, (1 - ordered) * weights
    return float((ones * (zeros.cumsum() - zeros / 2)).sum() / (ones.sum() * zeros.sum()))


def outcome(cases: pd.DataFrame, selection: dict[str, Any]) -> dict[str, Any]:
    """Count what happens when the cases with the selected scores are flagged."""
    low, high = sorted({'from': 0, 'to': 1, **selection.get('score', {})}.values())
    flagged, label = cases['score'].between(low, high), cases['label'] == 1
    tp, fp, fn, tn = (int((a & b).sum()) for a in (flagged, ~flagged) for b in (label, ~label))
    shares = {'precision': tp / (tp + fp) if tp + fp else None, 'recall': tp / (tp + fn), 'fpr': fp / (fp + tn)}
    return {'tp': tp, 'fp': fp, 'fn': fn, 'tn': tn, **shares}


@track_progress
def evaluate(updater: ProgressUpdater, file: str) -> dict[str, Any]:
    """Return the curve of a model, and its AUC for all and by segment, each with an interval from many resamples."""
    cases, rng, slices = load(file).sort_values('score'), np.random.default_rng(1), []
    parts = [('All', cases), *cases.groupby('segment')]
    for number, (segment, part) in enumerate(parts):
        labels, sampled = part['label'].to_numpy(), []
        for done in range(RESAMPLES):
            sampled.append(auc(labels, rng.poisson(1, len(labels))))
            updater.send_update(100 * (number + done / RESAMPLES) / len(parts), f'Resampling: {segment}')
        low, high = np.quantile(sampled, [0.025, 0.975])
        slices.append({'segment': str(segment), 'cases': len(part), 'auc': auc(labels), 'low': low, 'high': high})
    curve = [{'score': t / 100, **outcome(cases, {'score': {'from': t / 100}})} for t in range(101)]
    return {'all': slices[0], 'slices': slices[1:], 'curve': [{**point, 'chance': point['fpr']} for point in curve]}


def figures_of(cases: pd.DataFrame, report: dict[str, Any], selection: dict[str, Any]) -> dict[str, str]:
    now, whole = outcome(cases, selection), report['all']
    shares = {name: '-' if now[name] is None else f'{now[name]:.1%}' for name in ('precision', 'recall')}
    area = {'auc': f'{whole["auc"]:.3f}', 'interval': f'95%: {whole["low"]:.3f} to {whole["high"]:.3f}'}
    return {**{name: f'{now[name]:,}' for name in ('tp', 'fp', 'fn', 'tn')}, **shares, **area}


def segments_of(cases: pd.DataFrame, report: dict[str, Any], selection: dict[str, Any]) -> list[dict[str, Any]]:
    parts = {str(segment): outcome(part, selection) for segment, part in cases.groupby('segment')}
    return [{**each, **parts[each['segment']]} for each in report['slices']]


cases: DerivedVariable[Any] = DerivedVariable(load, variables=[file])
report: DerivedVariable[Any] = DerivedVariable(evaluate, variables=[file], run_as_task=True)
figures: DerivedVariable[Any] = DerivedVariable(figures_of, variables=[cases, report, selection])
segments: DerivedVariable[Any] = DerivedVariable(segments_of, variables=[cases, report, selection])


# What people do


class Decision(BaseModel):
    verdict: Literal['Approved', 'Declined']
    reason: Annotated[str, Field(min_length=10, max_length=400)]


decision: Variable[Any] = Variable({})


@action
async def receive(ctx: ActionCtx) -> None:
    """Check a file before it replaces the present one. What is wrong with it shows at the field."""
    await asyncio.to_thread(read, ctx.input.path)
    new = f'{uuid4().hex}.csv'
    await asyncio.to_thread(ctx.input.keep, FOLDER / new)
    await model.write({'file': new, 'name': ctx.input.name, 'status': 'Open'})
    await append(history, f'Uploaded {ctx.input.name}')


@action
async def say(ctx: ActionCtx, present: str) -> None:
    """Send what was there when Enter was pressed, unless that is sent already. What was typed since then stays."""
    text = ctx.input
    if text.strip() and present.startswith(text):
        await append(comments, text.strip())
        await draft.modify(lambda typed: typed.removeprefix(text))


@action
async def decide(ctx: ActionCtx, made: Decision) -> None:
    if not is_a('reviewer'):
        raise ValueError('Only a reviewer may decide.')
    decided = await model.modify(lambda now: now | {'status': made.verdict})
    await append(history, f'{made.verdict} {decided["name"]}: {made.reason}')
    await ctx.reset_variables(decision)


@action
async def get_sample(ctx: ActionCtx) -> None:
    await ctx.download_file(SAMPLE)


# What they see


def grid(span: dict[str, int], *parts: ComponentInstance) -> Grid:
    return Grid(Grid.Row(*(Grid.Column(part, span=Grid.Breakpoints(**span)) for part in parts)))


def figure(label: str, name: str, **style: Any) -> Stack:
    value = Text(figures.get(name), bold=True, font_size='clamp(1.2rem, 2vw, 1.7rem)', id_=name)
    return Stack(value, Text(label, color='dimmed', font_size=13), gap=0, **style)


def tinted(tone: str, percent: int = 12) -> dict[str, str]:
    return {'background': f'color-mix(in srgb, var(--dara-{tone}) {percent}%, transparent)', 'border-radius': '10px'}


def cell(label: str, name: str, tone: str) -> Stack:
    return figure(label, name, raw_css=tinted(tone), padding='26px 20px')


def chart(title: str, data: Any, x: str, **props: Any) -> Card:
    return Card(Chart(data, x=x, label=title, height=230, **props), title=title)


def lines(variable: Variable[Any], placeholder: str) -> Stack:
    """Show entries, the newest in view."""
    each = variable.list_item
    at = Timestamp(each.get('at'), color='dimmed', font_size=13)
    entry = Stack(
        Stack(Text(each.get('by'), bold=True), at, direction='horizontal', gap=8), Text(each.get('text')), gap=0
    )
    return Stack(
        For(variable, entry, Text(placeholder, color='dimmed'), key_accessor='id'), scroll='end', max_height=300
    )


@py_component
def upload() -> ComponentInstance | None:
    """Show the field for files to authors alone: what a page does not have, it cannot send either."""
    field = UploadDropzone(
        on_drop=receive(), accept='.csv', max_files=1, max_size=20_000_000, label='Labels and scores'
    )
    sample = Button('Download a sample', onclick=get_sample(), styling='ghost', icon='download')
    return Card(field, sample, title='Upload', subtitle=f'Columns: {", ".join(NEEDED)}') if is_a('author') else None


NUMBER, PERCENT = {'type': 'number', 'precision': 3}, {'type': 'percent', 'precision': 1}
columns = [
    Table.column('segment', label='Segment'),
    Table.column('cases', label='Cases', formatter={'type': 'number', 'precision': 0}),
    Table.column('auc', label='AUC', formatter=NUMBER),
    Table.column('low', label='from', formatter=NUMBER),
    Table.column('high', label='to', formatter=NUMBER),
    Table.column('precision', label='Precision', formatter=PERCENT),
    Table.column('recall', label='Recall', formatter=PERCENT),
]
curve, half = report.get('curve'), {'xs': 12, 'lg': 6}
hits = cell('True positives', 'tp', 'good'), cell('False positives', 'fp', 'bad')
rest = cell('False negatives', 'fn', 'bad'), cell('True negatives', 'tn', 'good')
threshold = Slider(value=selection.get('score').get('from'), domain=[0, 1], step=0.01, label='Threshold')
results = Stack(
    grid(
        {'xs': 6, 'lg': 3},
        Card(figure('AUC', 'auc'), Text(figures.get('interval'), color='dimmed', font_size=13), gap=0),
        Card(figure('Precision', 'precision')),
        Card(figure('Recall', 'recall')),
        Card(threshold),
    ),
    grid(
        half,
        chart('Scores by label', cases, 'score', kind='histogram', color='label', bins=40, selection=selection),
        chart('By threshold', curve, 'score', y=['precision', 'recall'], selection=selection),
        chart('ROC curve', curve, 'fpr', y=['recall', 'chance'], x_label='false positive rate'),
        Card(grid({'xs': 6}, *hits, *rest), title='Confusion matrix'),
    ),
    Card(Table(data=segments, columns=columns, label='Segments'), title='Segments'),
)
progress = Card(ProgressTracker(), title='Evaluating the model')
nothing = Card(Text('An author uploads labels and scores.', color='dimmed'), title='No model yet')

talk = Card(
    lines(comments, 'No comments yet'),
    Input(value=draft, label='Comment', placeholder='Enter sends it', onenter=say(draft)),
    title='Comments',
)
form = Form(
    ButtonBar(id='verdict', items=['Approved', 'Declined'], label='Verdict', required=True),
    Textarea(id='reason', label='Reason', required=True, min_length=10, max_length=400, min_rows=2),
    value=decision,
    onsubmit=decide(decision),
    submit_label='Decide',
)
verdict = Card(form, title='Decision', subtitle='For a reviewer to make.')
past = Card(lines(history, 'Nothing yet'), title='History')

tones = {'Open': 'busy', 'Approved': 'good', 'Declined': 'bad'}
badges = {each: Text(each, bold=True, padding='2px 12px', raw_css=tinted(tone, 18)) for each, tone in tones.items()}
title = Stack(Heading('Model review'), Match(model.get('status'), badges), direction='horizontal', hug=True)
wide, narrow = Grid.Breakpoints(xs=12, xl=9), Grid.Breakpoints(xs=12, xl=3)
body = Stack(If(file, If(report, results, fallback=progress), nothing))
side = Stack(upload(), If(file, Stack(verdict, talk)), past)
page = Stack(
    Stack(title, Presence(), direction='horizontal', justify='space-between'),
    Text(model.get('name'), color='dimmed'),
    Grid(Grid.Row(Grid.Column(body, span=wide), Grid.Column(side, span=narrow))),
)

config = ConfigurationBuilder()
config.title = 'Model review'
config.width = 'full'
config.add_auth(Team(users=dict.fromkeys(ROLES, 'secret')))
config.add_page('Review', content=page)


@config.on_startup
def make_sample() -> None:
    rng, rows = np.random.default_rng(7), 30_000
    segment = rng.choice(['Business', 'Family', 'Senior', 'Student'], rows, p=[0.2, 0.4, 0.25, 0.15])
    label = (rng.random(rows) < 0.3).astype(int)
    noise = rng.normal(0, np.where(segment == 'Student', 2.1, 1.1), rows)
    score = (1 / (1 + np.exp(1.7 - 2.6 * label - noise))).round(4)
    FOLDER.mkdir(exist_ok=True)
    pd.DataFrame({'label': label, 'score': score, 'segment': segment}).to_csv(SAMPLE, index=False)
