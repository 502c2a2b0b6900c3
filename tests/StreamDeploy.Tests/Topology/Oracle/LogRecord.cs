using StreamDeploy.Schemas;

namespace StreamDeploy.Tests.Topology.Oracle;

/// <summary>A record of one partition pair as it was read: a deployment event or an alert event, never both.</summary>
public sealed record LogRecord(Deployment? Deployment, Alert? Alert, long KafkaTimestampMs)
{
    public string AccountId => Deployment?.AccountId ?? Alert!.AccountId;

    public string EventId => Deployment?.EventId ?? Alert!.EventId;

    public long EventTimeMs => Deployment?.OccurredAtMs ?? Alert!.UpdatedAtMs;

    public static LogRecord Of(Deployment deployment, long? kafkaTimestampMs = null) =>
        new(deployment, null, kafkaTimestampMs ?? deployment.OccurredAtMs);

    public static LogRecord Of(Alert alert, long? kafkaTimestampMs = null) =>
        new(null, alert, kafkaTimestampMs ?? alert.UpdatedAtMs);
}

/// <summary>The tables that the join looks things up in.</summary>
public enum TableName { Pipelines, Sources, Policies, Accounts }

/// <summary>One version of one entity; a null entity deletes it.</summary>
/// <remarks>The id of an account's row is 0: its account id says it all.</remarks>
public sealed record TableRecord(TableName Table, string AccountId, long Id, object? Entity, long KafkaTimestampMs, long Offset)
{
    /// <summary>From when it holds: its validFrom, else its Kafka timestamp.</summary>
    public long TimeMs => Entity switch
    {
        DeploymentPipeline pipeline => pipeline.ValidFromMs,
        AlertSource source => source.ValidFromMs,
        EscalationPolicy policy => policy.ValidFromMs,
        Account account => account.ValidFromMs,
        _ => null,
    } ?? KafkaTimestampMs;

    public static TableRecord Put(DeploymentPipeline entity, long kafkaTimestampMs, long offset = 0) =>
        new(TableName.Pipelines, entity.AccountId, entity.Id, entity, kafkaTimestampMs, offset);

    public static TableRecord Put(AlertSource entity, long kafkaTimestampMs, long offset = 0) =>
        new(TableName.Sources, entity.AccountId, entity.Id, entity, kafkaTimestampMs, offset);

    public static TableRecord Put(EscalationPolicy entity, long kafkaTimestampMs, long offset = 0) =>
        new(TableName.Policies, entity.AccountId, entity.Id, entity, kafkaTimestampMs, offset);

    public static TableRecord Put(Account entity, long kafkaTimestampMs, long offset = 0) =>
        new(TableName.Accounts, entity.AccountId, 0, entity, kafkaTimestampMs, offset);
}
