using System.CommandLine;
using StreamDeploy.Cli.Settings;
using StreamDeploy.Connectors.Kafka;
using StreamDeploy.Topology;
using static StreamDeploy.Cli.Settings.SettingOf;

namespace StreamDeploy.Cli.Commands;

/// <summary><c>topics create|check</c>: the topics, with the settings that the join depends on.</summary>
internal static class TopicsCommand
{
    private const long DayMs = 24 * 3_600_000L;

    private static readonly Setting<int> Partitions = Integer("partitions", "Partitions of deployments, alerts, enrichments and deliveries: as many workers can share the work", "12");
    private static readonly Setting<int> Replication = Integer("replication-factor", "Copies of each partition; -1 is the broker's default", "-1");
    private static readonly Setting<long> Retention = DurationMs("retention", "How long deployments and alerts stay; longer than the join looks back", "7d");

    public static readonly Setting[] Settings = [Partitions, Replication, Retention];

    public static Command Create() => new("topics", "Creates the topics, or says where they are not as they should be.")
    {
        Verb("create", "Creates the topics that are missing. Those that exist are compared and never changed; exit code 4 when one differs.",
            async (kafka, topics, logs, cancellationToken) =>
            {
                var report = await TopicSetup.CreateAsync(kafka, topics, logs, cancellationToken).ConfigureAwait(false);
                foreach (var name in report.Created) Console.Out.WriteLine($"created {name}");
                if (report.Created.Count == 0) Console.Out.WriteLine("nothing to create");
                return report.Differences;
            }),
        Verb("check", "Says where the topics are not as `create` would make them; exit code 4 when one differs. Changes nothing.",
            TopicSetup.DescribeDifferencesAsync),
    };

    private static Command Verb(string name, string description,
        Func<KafkaSettings, TopicSettings, Microsoft.Extensions.Logging.ILoggerFactory, CancellationToken, Task<IReadOnlyList<TopicDifference>>> act)
    {
        var command = new Command(name, description) { KafkaOptions.Property };
        return command.Runs([.. KafkaOptions.All, .. Settings, .. JoinOptions.All, .. LogOptions.All], async (flags, source, cancellationToken) =>
        {
            var kafka = KafkaOptions.Of(source, flags, "streamdeploy");
            var topics = TopicSettingsOf(source, JoinOptions.Of(source));
            using var logs = LogOptions.Of(source);
            var differences = await act(kafka, topics, logs, cancellationToken).ConfigureAwait(false);
            foreach (var difference in differences) Console.Out.WriteLine(difference);
            if (differences.Count == 0) Console.Out.WriteLine("all topics are as they should be");
            return differences.Count == 0 ? ExitCodes.Done : ExitCodes.Different;
        });
    }

    private static TopicSettings TopicSettingsOf(SettingsSource source, JoinSettings join)
    {
        var keptMs = join.SettleMs + join.GraceMs;
        var neededMs = join.BeforeMaxMs + keptMs + join.SkewMs;
        var retentionMs = Retention.Of(source);
        // State is rebuilt from these topics, so what the join may look back for must still be there.
        if (retentionMs < neededMs) throw new SettingException($"--retention is shorter than what the join looks back: at least {Sentences.Duration(neededMs)} is needed.");
        if (Partitions.Of(source) is < 1 or > 10_000) throw new SettingException("--partitions must be between 1 and 10000.");
        if (Replication.Of(source) is not (-1 or (>= 1 and <= short.MaxValue))) throw new SettingException("--replication-factor must be -1 or at least 1.");
        return new TopicSettings
        {
            Partitions = Partitions.Of(source),
            ReplicationFactor = (short)Replication.Of(source),
            EventRetentionMs = retentionMs,
            TableCompactionLagMs = keptMs + DayMs,
            TimestampAfterMaxMs = join.SkewMs,
        };
    }
}
