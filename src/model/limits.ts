// Every bound of the engine, in one place, with its unit last in its name. Nothing in the engine is unbounded.

/** Records in one batch, and so in one frame. */
export const frameRecordsMax = 1_024
/** A partly filled batch is sent after this time. */
export const flushIntervalMs = 10
/** Records that a sender may have in flight on a local channel. */
export const localWindowRecords = 4 * frameRecordsMax
/** Least number of records that a frame with records counts for: a batch may have more room than it has records, and each takes a turn. */
export const frameCreditMin = 64
/** Watermarks of a source are sent at most this often. */
export const watermarkIntervalMs = 50
/** … or when it has read so many records since the last one: a source that reads fast would otherwise leave a long time of events open. */
export const watermarkRecords = 4 * frameRecordsMax
/** Records that a source is asked for in one turn. */
export const pollRecordsMax = frameRecordsMax
/** Steps of resumable work (windows fired, timers fired) in one turn. */
export const fireBudget = 1_024
/** Records by which a channel may be ahead of the event time of the others before a window leaves it unread … */
export const aheadRecordsMax = 16 * frameRecordsMax
/** … for as long as the others come nearer: it gives up when they have not in this time. */
export const aheadWaitMs = 50
/** Then it does not try again for this time; each time in vain doubles it, up to the greatest. */
export const aheadRestFirstMs = 100
export const aheadRestMaxMs = 60_000
/** Keys, and keys in slices, that one sender folds before they go out. */
export const combinerEntriesMax = 16_384
/** Slices that it folds at the same time. */
export const combinerSlicesMax = 8
/** What it has folded goes out after this time. */
export const combinerHoldMs = 100
/** Where more than this share of the records goes out all the same, folding is not worth its cost. */
export const combinerShareMax = 0.5
/** The first trial fills this part of the table, and goes on to fill all of it only where keys begin to repeat. */
export const combinerTrialShare = 1 / 16
/** Then records go out as they are for this time, before it tries again; each failed try doubles it, up to the greatest. */
export const combinerRestFirstMs = 1_000
export const combinerRestMaxMs = 60_000
/** State entries copied into an open snapshot in one turn. */
export const snapshotSliceEntries = 4_096
/** Entries that a snapshot gathers before it writes them as sections: about so many bytes, and not fewer entries than a slice. */
export const snapshotGatheredBytes = 32 * 1024 * 1024
/** A thread in reserve is started when a job has run for this long: shorter ones do not pay for it. */
export const spareThreadAfterMs = 3_000
/** One that ends gets a successor so often, each after twice the time, until a thread in use has ended. */
export const spareThreadsLostMax = 5
/** A thread says how its subtasks do this often. */
export const threadStatsIntervalMs = 500
/** Key groups of a job, unless set: the greatest parallelism that its state can ever be spread over. */
export const maxParallelismDefault = 128
export const maxParallelismMax = 32_768
/** Checkpoint ids reserved in the log at a time. */
export const epochsReserved = 1_000
/** Complete checkpoints kept. */
export const checkpointsKept = 3
export const checkpointIntervalMs = 10_000
export const checkpointTimeoutMs = 60_000
/** Checkpoints in a row that may be aborted before the job fails over. */
export const checkpointFailuresTolerated = 5
/** The job's last checkpoint is tried again after this time when it was given up. */
export const checkpointRetryMs = 1_000
/** Restarts allowed within the window below. */
export const restartsMax = 10
export const restartsWithinMs = 600_000
export const restartBackoffFirstMs = 0
export const restartBackoffInitialMs = 100
export const restartBackoffMaxMs = 60_000
export const restartBackoffFactor = 2
export const restartResetAfterMs = 60_000
/** A restart's pause is this part of it longer or shorter, by chance. */
export const restartBackoffJitter = 0.1
/** Subtasks that were told to stop are waited for this long before the job goes on without them. */
export const cancelTimeoutMs = 10_000
/** Attempts that one record may fail before it is diverted, or fails the job. */
export const poisonFailuresMax = 3
/** Different failing records that are remembered. */
export const poisonRecordsNamedMax = 1_024
/** Tries of one write to the log, and the pause before the second; it doubles. */
export const logTriesMax = 6
export const logRetryMs = 50
/** Calls of an async operator in flight, unless set. */
export const asyncConcurrency = 64
/** Pause before the first retry of an async call, its growth, and its bound, unless set. */
export const asyncBackoffInitialMs = 100
export const asyncBackoffFactor = 2
export const asyncBackoffMaxMs = 10_000
/** Records that `live` keeps since the last checkpoint before it blocks. */
export const liveRecordsMax = 100_000
/** Control messages and data messages in one mailbox. */
export const mailboxControlMax = 4_096
/** Asks that wait for one subtask: its mailbox has room for its own messages besides. */
export const asksWaitingMax = 1_024
export const mailboxDataMax = 4_096
/** Turns run before the thread is given back to I/O and timers. */
export const turnBudgetMs = 5
/** Turns run before the thread is given back, however short they are. */
export const turnsMax = 4_096
/** Turns that may pass between two readings of the clock, while turns are short. */
export const turnsPerReadingMax = 16
/** Messages that one actor takes in one turn while others are ready. */
export const turnMessagesMax = 16
/** Actors that still await a promise are waited for this long at a shutdown. */
export const shutdownTimeoutMs = 10_000
/** Different dead letters remembered by name. */
export const deadLettersNamedMax = 256
/** Depth and size of one value that goes by itself; of plain objects and arrays columns take more. */
export const valueDepthMax = 64
export const valueBytesMax = 16 * 1024 * 1024
/** One section of a blob. */
export const sectionBytesMax = 1024 * 1024 * 1024
/** Bytes of a text file in one split, unless set. */
export const fileSplitBytes = 32 * 1024 * 1024
/** Bytes read from a file at a time, and reads that are ahead of the parser. */
export const fileReadBytes = 256 * 1024
export const fileReadsAhead = 2
/** Splits of one source subtask that hold buffers at the same time: text files, and row groups of Parquet. */
export const textSplitsActiveMax = 16
export const rowGroupsActiveMax = 2
/** Rows of a row group that are decoded at a time: nearly always the whole of it. */
export const parquetRowsMax = 1_048_576
/** Staged output of a file sink is written out in parts of this size. */
export const filePartBytes = 8 * 1024 * 1024
