/** The notices on show: equal ones once, one for each key, and the texts that were not saved. */

import { beforeEach, describe, expect, test, vi } from 'vitest'
import { Notices } from '../src/app/notices'
import { EDIT } from '../src/messages'

let notices: Notices
const messages = () => notices.get().map(({ message }) => message)

beforeEach(() => {
  notices = new Notices()
})

describe('A notice', () => {
  test('shows its message, its status and its title, below the older ones', () => {
    notices.notify('Saved', 'success')
    notices.notify('It is raining', 'warning', 'Weather')
    expect(notices.get()).toMatchObject([
      { message: 'Saved', status: 'success', title: null, text: null },
      { message: 'It is raining', status: 'warning', title: 'Weather', text: null },
    ])
  })

  test('tells listeners once', () => {
    const heard = vi.fn()
    notices.subscribe(heard)
    notices.notify('Saved', 'success')
    expect(heard).toHaveBeenCalledOnce()
  })

  test('that equals one on show is not shown again, until that is dismissed', () => {
    notices.notify('Saved', 'success')
    notices.notify('Saved', 'success')
    expect(messages()).toEqual(['Saved'])
    notices.dismiss(notices.get()[0]?.id as number)
    expect(messages()).toEqual([])
    notices.notify('Saved', 'success')
    expect(messages()).toEqual(['Saved'])
  })

  test('with another status or title is another notice', () => {
    notices.notify('Saved', 'success')
    notices.notify('Saved', 'error')
    notices.notify('Saved', 'success', 'Notes')
    expect(messages()).toHaveLength(3)
  })

  test('replaces the one with its key, and no other', () => {
    notices.notify('10 %', 'success', null, 'progress')
    notices.notify('Saved', 'success')
    notices.notify('20 %', 'success', null, 'progress')
    expect(messages()).toEqual(['Saved', '20 %'])
  })

  test('is dismissed alone, by an id that no other has', () => {
    for (const message of ['a', 'b', 'c']) notices.notify(message, 'success')
    expect(new Set(notices.get().map(({ id }) => id)).size).toBe(3)
    notices.dismiss(notices.get()[1]?.id as number)
    expect(messages()).toEqual(['a', 'c'])
  })
})

describe('A text that was not saved', () => {
  test('is in an error with the reason, to be copied', () => {
    notices.notifyNotSaved('Somebody removed it.', 'an hour of work')
    expect(notices.get()).toMatchObject([
      { message: 'Somebody removed it.', status: 'error', title: EDIT.notSaved, text: 'an hour of work' },
    ])
  })

  test('joins the earlier ones with the same reason in one notice, in their order', () => {
    notices.notifyNotSaved('Somebody removed it.', 'first')
    notices.notifyNotSaved('You may not change this.', 'other')
    notices.notifyNotSaved('Somebody removed it.', 'second')
    expect(notices.get().map(({ message, text }) => [message, text])).toEqual([
      ['You may not change this.', 'other'],
      ['Somebody removed it.', 'first\nsecond'],
    ])
  })

  test('may be none: the reason is shown alone, and leaves texts on show as they are', () => {
    notices.notifyNotSaved('Somebody removed it.')
    expect(notices.get()[0]?.text).toBeNull()
    notices.notifyNotSaved('You may not change this.', 'kept')
    notices.notifyNotSaved('You may not change this.')
    expect(notices.get().map(({ text }) => text)).toEqual([null, 'kept'])
  })
})
