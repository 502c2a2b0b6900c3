using StreamDeploy.Topology;

namespace StreamDeploy.Connectors.Kafka;

/// <summary>What a worker needs to know.</summary>
public sealed record WorkerSettings
{
    public required KafkaSettings Kafka { get; init; }

    public JoinSettings Join { get; init; } = new();

    /// <summary>Takes every partition without joining a group: for a worker that is alone (the embedded one). Offsets are kept all the same.</summary>
    public bool AssignAll { get; init; }

    /// <summary>Whether answers and offsets are committed as one, or, for brokers without transactions, one after the other.</summary>
    public bool AtLeastOnce { get; init; }

    /// <summary>How many threads work, each a member of the group with partitions of its own.</summary>
    public int Threads { get; init; } = 1;

    /// <summary>
    /// What the transactional ids of this process begin with; null for group, host, process and number. One that stays the same when the process restarts lets it end
    /// at once what its predecessor left open; it must be this process's alone.
    /// </summary>
    public string? TransactionalId { get; init; }

    /// <summary>How long records may flow before their answers and offsets are committed.</summary>
    public TimeSpan CommitInterval { get; init; } = TimeSpan.FromMilliseconds(100);

    /// <summary>How soon after the last commit answers that have come out are committed.</summary>
    public TimeSpan CommitPause { get; init; } = TimeSpan.FromMilliseconds(20);

    /// <summary>How many records of one partition wait in memory before it is held.</summary>
    public int BufferRecordsMax { get; init; } = 4_096;

    /// <summary>How many bytes of one partition wait in memory before it is held.</summary>
    public long BufferBytesMax { get; init; } = 2 << 20;

    /// <summary>How many bytes of answers wait while the broker takes none; then nothing more is applied.</summary>
    public long BatchBytesMax { get; init; } = 4 << 20;

    /// <summary>How long a batch may be under way before the worker says that it waits for Kafka.</summary>
    public TimeSpan Patience { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>How long the start waits for Kafka and the registry before it gives up.</summary>
    public TimeSpan StartTimeout { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>How long a stop may take.</summary>
    public TimeSpan StopTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Called at each step of a transaction.</summary>
    internal Action<CommitStep>? OnCommitStep { get; init; }

    /// <summary>Asked by each thread, with how many pairs it has, whether it may begin with them; for measuring what comes after the group has formed.</summary>
    internal Func<int, bool>? MayBegin { get; init; }

    /// <summary>What is wrong, or null.</summary>
    public string? Problem() =>
        Kafka.Problem() ?? Join.Problem()
        ?? (BufferRecordsMax < 1 ? $"BufferRecordsMax is {BufferRecordsMax}: it must be at least 1" : null)
        ?? (Threads is < 1 or > 256 ? $"Threads is {Threads}: it must be between 1 and 256" : null)
        ?? (AssignAll && Threads > 1 ? "one thread takes every partition: Threads must be 1" : null)
        ?? (BufferBytesMax < 1 ? $"BufferBytesMax is {BufferBytesMax}: it must be at least 1" : null);
}

/// <summary>What a worker is doing.</summary>
public enum WorkerState { Created, Starting, ReadingTables, Restoring, Running, WaitingForKafka, WaitingForRegistry, Stopping, Stopped, Failed }

internal static class WorkerStates
{
    /// <summary>Of several threads, the state that says most about the worker: whatever keeps one from working.</summary>
    public static int Weight(this WorkerState state) => state switch
    {
        WorkerState.Running => 0,
        WorkerState.Restoring => 1,
        WorkerState.ReadingTables => 2,
        WorkerState.Stopped => 3,
        WorkerState.Stopping => 4,
        WorkerState.WaitingForRegistry => 5,
        WorkerState.WaitingForKafka => 6,
        _ => 7,
    };
}
