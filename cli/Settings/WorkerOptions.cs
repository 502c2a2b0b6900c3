using System.CommandLine;
using StreamDeploy.Connectors.Kafka;
using static StreamDeploy.Cli.Settings.SettingOf;

namespace StreamDeploy.Cli.Settings;

/// <summary>How a worker goes about its work.</summary>
internal static class WorkerOptions
{
    public static readonly Setting<string> Group = Text("group", "Consumer group; all workers of one group share the partitions", "streamdeploy");
    private static readonly Setting<long> CommitInterval = DurationMs("commit-interval", "How long records may flow before offsets are committed", "100ms");
    private static readonly Setting<long> CommitPause = DurationMs("commit-pause", "How soon after the last commit answers are committed", "20ms");
    private static readonly Setting<int> BufferRecords = Integer("buffer-records", "Records of one partition in memory before no more are taken", "4096");
    private static readonly Setting<int> BufferBytes = Integer("buffer-bytes", "Bytes of one partition in memory before no more are taken", "2097152");
    private static readonly Setting<int> Threads = Integer("threads", "Threads that work, each a member of the group", "1");
    private static readonly Setting<bool> AtLeastOnce = Flag("at-least-once", "Without transactions, for brokers that have none: after a crash answers may be there twice");
    private static readonly Setting<string> TransactionalId = Text("transactional-id", "What this process's transactional ids begin with; no other may use it [default: group, instance id or host and process]");

    public static readonly Setting[] All = [Group, CommitInterval, CommitPause, BufferRecords, BufferBytes, Threads, AtLeastOnce, TransactionalId];

    public static WorkerSettings Of(SettingsSource source, ParseResult flags)
    {
        var settings = new WorkerSettings
        {
            Kafka = KafkaOptions.Of(source, flags, Group.Of(source)!),
            Join = JoinOptions.Of(source),
            CommitInterval = TimeSpan.FromMilliseconds(CommitInterval.Of(source)),
            CommitPause = TimeSpan.FromMilliseconds(CommitPause.Of(source)),
            BufferRecordsMax = BufferRecords.Of(source),
            BufferBytesMax = BufferBytes.Of(source),
            Threads = Threads.Of(source),
            AtLeastOnce = AtLeastOnce.Of(source),
            TransactionalId = TransactionalId.Of(source),
            // Within the ten seconds that the process has to end in.
            StopTimeout = TimeSpan.FromSeconds(8),
        };
        return settings.Problem() is { } problem ? throw new SettingException(problem) : settings;
    }
}
