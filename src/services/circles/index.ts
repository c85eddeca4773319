import type { Circle } from '../../access/index.ts'
import type { RunningService } from '../../base/index.ts'
import type { CirclesHost } from './host.ts'
import { circlesOperations } from './operations.ts'

export type { CircleDetails, CircleMemberRow, CircleNews, Who } from './circle-view.ts'
export type { CirclesEvent, CirclesHost } from './host.ts'
export { type CircleReport, circlesOperations, type LeftCircle } from './operations.ts'

/** The circles service, running: it tells what becomes of the circles of this user, whoever changed them. */
export function startCircles(host: CirclesHost): RunningService {
  const { circles } = host
  const known = new Map(circles.list().map(circle => [circle.id, circle]))
  const end = circles.onChanged(id => {
    const [before, after] = [known.get(id), circles.get(id)]
    if (after === undefined) known.delete(id)
    else known.set(id, after)
    tell(host, before, after)
  })
  return { name: 'circles', operations: circlesOperations, state: host, stop: async () => end() }
}

function tell({ emit }: CirclesHost, before: Circle | undefined, after: Circle | undefined): void {
  const { id, name } = after ?? before ?? {}
  if (id === undefined || name === undefined) return
  if (after?.role !== undefined && after.role !== before?.role)
    emit({ type: 'circle.joined', circle: id, name, role: after.role })
  if (after?.role === undefined && before?.role !== undefined) emit({ type: 'circle.left', circle: id, name })
  if (after !== undefined) emit({ type: 'circle.changed', circle: id, name, members: after.members })
}
