namespace StreamDeploy.Cli.Settings;

/// <summary>Every setting of every command: one file may serve them all.</summary>
internal static class AllSettings
{
    public static readonly Setting[] All = [.. JoinOptions.All, .. KafkaOptions.All, .. IngestOptions.All, .. ClickHouseOptions.All, .. EmbeddedClickHouseOptions.All, .. LogOptions.All, .. WorkerOptions.All, .. MonitoringOptions.All, .. SendOptions.All, .. ViewOptions.All, .. Commands.TopicsCommand.Settings, .. Commands.SinkCommand.Settings, Commands.ClaimCommand.Since];

    public static readonly IReadOnlySet<string> Names = All.Select(setting => setting.Name).ToHashSet(StringComparer.Ordinal);
}
