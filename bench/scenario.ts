/** What a benchmark run is asked to do. */
export interface BenchOptions {
  /** How often each system is measured. The systems take turns, so that a change of the machine's speed meets all. */
  readonly runs: number
  /** Systems measured beside Peerage, in the same run. */
  readonly opponents: readonly string[]
  /** Rows to measure, when not all. */
  readonly only: readonly string[] | undefined
  /** Size of the content in bytes, when the scenario's own is not wanted. */
  readonly size: number | undefined
  /** Quick and small: shows that the scenario works, not how fast anything is. */
  readonly smoke: boolean
}

/** What one system cost in one run, by name of the figure; the unit is part of the name. */
export type Figures = Readonly<Record<string, number>>

/** A measured median against what it has to be. */
export interface Goal {
  readonly what: string
  readonly value: number
  readonly limit: number
  /** `at most` unless it says otherwise. */
  readonly atLeast?: boolean
}

export interface Scenario {
  readonly name: string
  readonly summary: string
  /** Systems that can be measured beside Peerage with `--with`. */
  readonly opponents: readonly string[]
  /** Makes the test data and finds out which systems are there. Not timed. */
  prepare(options: BenchOptions): Promise<PreparedScenario>
}

/** A scenario whose test data exist. */
export interface PreparedScenario extends AsyncDisposable {
  /** Systems in the order in which one run measures them. */
  readonly systems: readonly string[]
  /** Measures one system once, from nothing: its processes and homes are its own and are gone afterwards. */
  measure(system: string): Promise<Figures>
  /** Judges the medians, by system and figure. */
  goals(medians: Medians): readonly Goal[]
}

/** Median of each figure of each system. */
export type Medians = ReadonlyMap<string, Figures>
