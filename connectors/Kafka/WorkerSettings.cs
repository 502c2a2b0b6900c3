using StreamDeploy.Topology;

namespace StreamDeploy.Connectors.Kafka;

/// <summary>What a worker needs to know.</summary>
public sealed record WorkerSettings
{
    public required KafkaSettings Kafka { get; init; }

    public JoinSettings Join { get; init; } = new();

    /// <summary>Takes every partition without joining a group: for a worker that is alone (the embedded one). Offsets are kept all the same.</summary>
    public bool AssignAll { get; init; }

    /// <summary>How long records may flow before their answers and offsets are committed.</summary>
    public TimeSpan CommitInterval { get; init; } = TimeSpan.FromMilliseconds(100);

    /// <summary>How soon after the last commit answers that have come out are committed.</summary>
    public TimeSpan CommitPause { get; init; } = TimeSpan.FromMilliseconds(20);

    /// <summary>How many records of one partition wait in memory before it is paused.</summary>
    public int BufferRecordsMax { get; init; } = 16_384;

    /// <summary>How many bytes of one partition wait in memory before it is paused.</summary>
    public long BufferBytesMax { get; init; } = 16 << 20;

    /// <summary>How long the start waits for Kafka and the registry before it gives up.</summary>
    public TimeSpan StartTimeout { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>How long a stop may take.</summary>
    public TimeSpan StopTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>What is wrong, or null.</summary>
    public string? Problem() =>
        Kafka.Problem() ?? Join.Problem()
        ?? (BufferRecordsMax < 1 ? $"BufferRecordsMax is {BufferRecordsMax}: it must be at least 1" : null)
        ?? (BufferBytesMax < 1 ? $"BufferBytesMax is {BufferBytesMax}: it must be at least 1" : null);
}

/// <summary>What a worker is doing.</summary>
public enum WorkerState { Created, Starting, ReadingTables, Restoring, Running, WaitingForKafka, WaitingForRegistry, Stopping, Stopped, Failed }
