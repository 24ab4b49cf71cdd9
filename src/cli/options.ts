// The options of the commands, as the command line is read (program.ts) and as the commands take them.

export interface CommonOptions {
  readonly verbose?: true | undefined
}

/** A checkpoint, and the state directory that it is in. */
export interface CheckpointPlace {
  /** Undefined = the one given as --state. */
  readonly directory: string | undefined
  /** Undefined = the newest. */
  readonly number: number | undefined
}

export interface RunCommandOptions extends CommonOptions {
  readonly job?: string | undefined
  readonly parallelism?: number | undefined
  readonly threads?: number | undefined
  readonly state?: string | undefined
  readonly from?: CheckpointPlace | undefined
  readonly fresh?: true | undefined
  readonly drop?: readonly string[] | undefined
  readonly checkpointEvery?: number | undefined
  readonly rate?: number | undefined
  /** Milliseconds between reports; 'none' = no reports. */
  readonly progress?: number | 'none' | undefined
  readonly json?: true | undefined
}

export interface PlanCommandOptions extends CommonOptions {
  readonly job?: string | undefined
  readonly parallelism?: number | undefined
  readonly format: 'text' | 'mermaid' | 'json'
}

export interface CheckpointsCommandOptions extends CommonOptions {
  readonly verify?: true | undefined
  readonly explain?: number | undefined
  readonly json?: true | undefined
}
