import { useVirtualizer } from '@tanstack/react-virtual'
import { type DragEvent, type KeyboardEvent, type MouseEvent, type ReactNode, useEffect, useRef } from 'react'
import { useTexts } from '../texts/texts.ts'
import { ui } from '../texts/ui.ts'
import { Checkbox } from './field.tsx'
import { Icon } from './icon.tsx'
import css from './table.module.css'
import { type Sorting, selectionAfter } from './table-rows.ts'

export interface Column<Row> {
  readonly id: string
  readonly title: ReactNode
  /** What stands in it. */
  readonly cell: (row: Row) => ReactNode
  /** Width as of CSS grid: `minmax(12rem, 1fr)`, `7rem`. */
  readonly width: string
  readonly end?: boolean
  /** Whether a click on its title sorts by it. */
  readonly sortable?: boolean
  /** Left out where there is little room. */
  readonly wideOnly?: boolean
}

/** Where a row of a tree is: 1 is the top; `isOpen` only for those that can be opened. */
export interface TreePlace {
  readonly level: number
  readonly isOpen?: boolean
}

interface TableProps<Row> {
  /** Sorted and filtered already: see `sortRows`. */
  readonly rows: readonly Row[]
  readonly columns: readonly Column<Row>[]
  readonly idOf: (row: Row) => string
  /** What the table lists, for those who do not see it. */
  readonly label: string
  readonly rowHeight?: number
  readonly sorting?: Sorting
  readonly onSort?: (sorting: Sorting) => void
  readonly selected?: ReadonlySet<string>
  readonly onSelect?: (selected: ReadonlySet<string>) => void
  /** Enter or a click on a row. */
  readonly onOpen?: (row: Row) => void
  /** The row that is open beside the table. */
  readonly opened?: string | undefined
  /** Wraps a row, for a context menu: returns the element it was given inside. */
  readonly wrapRow?: (row: Row, element: ReactNode) => ReactNode
  /** Delete on a row or on what is selected. */
  readonly onDelete?: (ids: readonly string[]) => void
  /** Makes the rows a tree: left and right close and open, and left goes to the row around. */
  readonly treeOf?: (row: Row) => TreePlace
  readonly onFold?: (row: Row, open: boolean) => void
  /** A key of the page's own on a row; true when it was one. The row keeps the focus wherever it goes. */
  readonly onRowKey?: (event: KeyboardEvent, row: Row) => boolean
  /** The last rows are nearly seen: more may come. */
  readonly onEnd?: (() => void) | undefined
  /** Rows were dragged onto another one. It must be possible by keyboard, too. */
  readonly onDropOn?: (ids: readonly string[], target: Row) => void
}

/**
 * A long list: only the visible rows are drawn. Keyboard: up, down, home, end and page keys move; space selects, with shift up to there, Ctrl+A selects
 * all; Enter opens.
 */
export function Table<Row>(props: TableProps<Row>): ReactNode {
  const { rows, columns, idOf, label, rowHeight = 52, selected, onSelect, opened } = props
  const texts = useTexts(ui)
  const frame = useRef<HTMLDivElement>(null)
  const anchor = useRef<string>(undefined)
  const held = useRef<string>(undefined)
  const dragged = useRef<readonly string[]>(undefined)
  // An element that is moved in the document loses the focus.
  useEffect(() => {
    if (held.current === undefined || document.activeElement !== document.body) return
    const at = rows.findIndex(row => idOf(row) === held.current)
    frame.current?.querySelector<HTMLElement>(`[data-index="${at}"]`)?.focus()
  }, [rows, idOf])
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => frame.current,
    estimateSize: () => rowHeight,
    overscan: 8,
    getItemKey: index => idOf(rows[index]!),
  })
  const { onEnd } = props
  const isNearEnd = (virtual.getVirtualItems().at(-1)?.index ?? 0) >= rows.length - 9
  useEffect(() => {
    if (isNearEnd) onEnd?.()
  }, [isNearEnd, onEnd])
  const ids = (): readonly string[] => rows.map(idOf)
  const select = (id: string, range: boolean): void => {
    if (selected === undefined || onSelect === undefined) return
    onSelect(selectionAfter(ids(), selected, id, range ? anchor.current : undefined))
    anchor.current = id
  }
  const focusRow = (index: number): void => {
    const at = Math.max(0, Math.min(rows.length - 1, index))
    virtual.scrollToIndex(at)
    requestAnimationFrame(() =>
      frame.current?.querySelector<HTMLElement>(`[data-index="${at}"]`)?.focus({ preventScroll: true }),
    )
  }
  /** In a tree, the row around one that is not open. */
  const around = (index: number): number | undefined => {
    const place = props.treeOf?.(rows[index]!)
    if (place === undefined || place.isOpen === true) return undefined
    const at = rows.slice(0, index).findLastIndex(row => props.treeOf!(row).level < place.level)
    return at < 0 ? undefined : at
  }
  const onKey = (event: KeyboardEvent, row: Row, index: number): void => {
    if (event.target !== event.currentTarget) return
    const isOwn = props.onRowKey?.(event, row) ?? false
    held.current = isOwn ? idOf(row) : undefined
    if (!isOwn && !isMove(event, row, index)) return
    event.preventDefault()
  }
  /** Whether it was a key of the table, which has done then what it stands for. */
  const isMove = (event: KeyboardEvent, row: Row, index: number): boolean => {
    const place = props.treeOf?.(row)
    const page = Math.max(1, Math.floor((frame.current?.clientHeight ?? 0) / rowHeight) - 2)
    const moves: Record<string, number> = {
      ArrowDown: index + 1,
      ArrowUp: index - 1,
      Home: 0,
      End: rows.length - 1,
      PageDown: index + page,
      PageUp: index - page,
    }
    const to = moves[event.key] ?? (event.key === 'ArrowLeft' ? around(index) : undefined)
    if (to !== undefined) {
      focusRow(to)
      const next = rows[Math.max(0, Math.min(rows.length - 1, to))]
      if (event.shiftKey && next !== undefined) select(idOf(next), true)
    } else if (event.key === 'ArrowLeft' && place?.isOpen) props.onFold?.(row, false)
    else if (event.key === 'ArrowRight' && place?.isOpen === false) props.onFold?.(row, true)
    else if (event.key === 'Enter') props.onOpen?.(row)
    else if (event.key === ' ') select(idOf(row), event.shiftKey)
    else if (event.key === 'a' && (event.ctrlKey || event.metaKey)) onSelect?.(new Set(ids()))
    else if (event.key === 'Delete' && props.onDelete)
      props.onDelete(selected?.has(idOf(row)) ? [...selected] : [idOf(row)])
    else return false
    return true
  }
  const dragging = (row: Row, id: string) => ({
    draggable: true,
    onDragStart: (event: DragEvent) => {
      dragged.current = selected?.has(id) ? ids().filter(one => selected.has(one)) : [id]
      event.dataTransfer.effectAllowed = 'move'
      event.dataTransfer.setData('text/plain', '')
    },
    onDragOver: (event: DragEvent<HTMLElement>) => {
      if (dragged.current === undefined) return
      event.preventDefault()
      event.currentTarget.dataset.over = ''
    },
    onDragLeave: (event: DragEvent<HTMLElement>) => delete event.currentTarget.dataset.over,
    onDragEnd: () => {
      dragged.current = undefined
    },
    onDrop: (event: DragEvent<HTMLElement>) => {
      delete event.currentTarget.dataset.over
      if (dragged.current === undefined) return
      event.preventDefault()
      if (!dragged.current.includes(id)) props.onDropOn?.(dragged.current, row)
      dragged.current = undefined
    },
  })
  const template = [selected && '2.25rem', ...columns.map(({ width }) => width)].filter(Boolean).join(' ')
  const narrow = [selected && '2.25rem', ...columns.filter(one => !one.wideOnly).map(({ width }) => width)]
    .filter(Boolean)
    .join(' ')
  const first = virtual.getVirtualItems()[0]?.index ?? 0
  return (
    // biome-ignore lint/a11y/useAriaPropsSupportedByRole: both of its roles have names
    <div
      role={props.treeOf ? 'treegrid' : 'table'}
      aria-label={label}
      aria-rowcount={rows.length + 1}
      className={css.table}
      style={{ '--columns': template, '--narrow-columns': narrow } as object}
    >
      {/* biome-ignore lint/a11y/useSemanticElements: as above */}
      {/* biome-ignore lint/a11y/useFocusableInteractive: its buttons are */}
      <div role="row" aria-rowindex={1} className={`${css.row} ${css.head}`}>
        {selected && (
          // biome-ignore lint/a11y/useSemanticElements: as above
          // biome-ignore lint/a11y/useFocusableInteractive: its box is
          <div role="columnheader" className={css.cell}>
            <Checkbox
              hideLabel
              label={texts.again}
              checked={rows.length > 0 && selected.size >= rows.length}
              partly={selected.size > 0}
              onChange={all => onSelect?.(new Set(all ? ids() : []))}
            />
          </div>
        )}
        {columns.map(column => (
          <Title key={column.id} column={column} sorting={props.sorting} onSort={props.onSort} />
        ))}
      </div>
      {/* biome-ignore lint/a11y/useSemanticElements: as above */}
      <div role="rowgroup" ref={frame} className={css.frame}>
        <div className={css.all} style={{ height: virtual.getTotalSize() }}>
          {virtual.getVirtualItems().map(({ index, key, start }) => {
            const row = rows[index]!
            const id = idOf(row)
            const place = props.treeOf?.(row)
            const cellRole = place === undefined ? 'cell' : 'gridcell'
            const element = (
              // biome-ignore lint/a11y/useSemanticElements: as above
              <div
                key={key}
                role="row"
                aria-rowindex={index + 2}
                aria-selected={selected?.has(id)}
                aria-current={opened === id || undefined}
                aria-level={place?.level}
                aria-expanded={place?.isOpen}
                {...(props.onDropOn && dragging(row, id))}
                data-index={index}
                tabIndex={index === first ? 0 : -1}
                className={css.row}
                style={{ height: rowHeight, transform: `translateY(${start}px)` }}
                onKeyDown={event => onKey(event, row, index)}
                onClick={event => {
                  if (isControl(event)) return
                  if (event.shiftKey || event.ctrlKey || event.metaKey) select(id, event.shiftKey)
                  else props.onOpen?.(row)
                }}
              >
                {selected && (
                  <div role={cellRole} className={css.cell}>
                    <Checkbox
                      hideLabel
                      tabIndex={-1}
                      label={texts.row}
                      checked={selected.has(id)}
                      onChange={() => select(id, false)}
                    />
                  </div>
                )}
                {columns.map(column => (
                  <div key={column.id} role={cellRole} className={cellClass(column)}>
                    {column.cell(row)}
                  </div>
                ))}
              </div>
            )
            return props.wrapRow ? props.wrapRow(row, element) : element
          })}
        </div>
      </div>
    </div>
  )
}

interface TitleProps<Row> {
  readonly column: Column<Row>
  readonly sorting: Sorting | undefined
  readonly onSort: ((sorting: Sorting) => void) | undefined
}

function Title<Row>({ column, sorting, onSort }: TitleProps<Row>): ReactNode {
  const isSorted = sorting?.by === column.id
  const direction = isSorted ? (sorting.down ? 'descending' : 'ascending') : undefined
  return (
    // biome-ignore lint/a11y/useSemanticElements: rows that are not drawn have no place in a table of HTML
    // biome-ignore lint/a11y/useFocusableInteractive: its button is
    <div role="columnheader" className={cellClass(column)} aria-sort={direction}>
      {column.sortable && onSort ? (
        <button
          type="button"
          className={css.sort}
          onClick={() => onSort({ by: column.id, down: isSorted ? !sorting.down : false })}
        >
          {column.title}
          {isSorted && <Icon name={sorting.down ? 'down' : 'up'} size={14} />}
        </button>
      ) : (
        column.title
      )}
    </div>
  )
}

function cellClass({ end, wideOnly }: { end?: boolean; wideOnly?: boolean }): string {
  return [css.cell, end && css.end, wideOnly && css.wideOnly].filter(Boolean).join(' ')
}

/** Whether the click was meant for a button or a box in the row, or for the menu of one, which lies elsewhere on the page. */
function isControl({ target, currentTarget }: MouseEvent): boolean {
  if (!currentTarget.contains(target as Element)) return true
  const control = (target as Element).closest('button, a, input, label')
  return control !== null && currentTarget.contains(control)
}
