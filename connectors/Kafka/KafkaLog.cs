using Microsoft.Extensions.Logging;

namespace StreamDeploy.Connectors.Kafka;

/// <summary>What this folder writes to the log.</summary>
internal static partial class KafkaLog
{
    [LoggerMessage(Message = "{Client} {Facility}: {Text}")]
    public static partial void Librdkafka(this ILogger log, LogLevel level, string client, string facility, string text);

    [LoggerMessage(Message = "{Code}: {Reason}")]
    public static partial void ClientError(this ILogger log, LogLevel level, Confluent.Kafka.ErrorCode code, string reason);

    [LoggerMessage(LogLevel.Warning, "{Count} more lines like it were kept back: {Like}")]
    public static partial void KeptBack(this ILogger log, int count, string like);

    [LoggerMessage(LogLevel.Warning, "{Partition} waits for the schema registry: {Reason}")]
    public static partial void WaitingForRegistry(this ILogger log, string partition, string reason);

    [LoggerMessage(LogLevel.Warning, "{Topic}[{Partition}]@{Offset} belongs in partition {To} and is sent on: its producer does not hash keys with murmur2")]
    public static partial void Misrouted(this ILogger log, string topic, int partition, long offset, int to);

    [LoggerMessage(LogLevel.Warning, "{Topic}[{Partition}]@{Offset} goes to dead-letters: {Reason}: {Error}")]
    public static partial void DeadLetter(this ILogger log, string topic, int partition, long offset, string reason, string error);

    [LoggerMessage(LogLevel.Warning, "{Topic}[{Partition}]@{Offset} is no table entry and is left out: {Reason}: {Error}")]
    public static partial void TableRejected(this ILogger log, string topic, int partition, long offset, string reason, string error);

    [LoggerMessage(LogLevel.Warning, "{Topic}[{Partition}]@{Offset} cannot be read and is left out: {Reason}: {Error}")]
    public static partial void LeftOut(this ILogger log, string topic, int partition, long offset, string reason, string error);

    [LoggerMessage(LogLevel.Information, "Tables are read: {Records} records")]
    public static partial void TablesRead(this ILogger log, long records);

    [LoggerMessage(LogLevel.Information, "Partition {Partition}: state is rebuilt from deployments {Deployments}..{DeploymentsUntil} and alerts {Alerts}..{AlertsUntil}")]
    public static partial void Restoring(this ILogger log, int partition, long deployments, long deploymentsUntil, long alerts, long alertsUntil);

    [LoggerMessage(LogLevel.Information, "Partition {Partition}: state is rebuilt from {Records} records; goes on with deployments at {Deployments}, alerts at {Alerts}")]
    public static partial void Restored(this ILogger log, int partition, long records, long deployments, long alerts);

    [LoggerMessage(LogLevel.Warning, "{Partition}: what is committed ({Committed}) is not there any more, the topic holds {Low} to {High}: goes on from {Low}")]
    public static partial void CommittedIsGone(this ILogger log, string partition, long committed, long low, long high);

    [LoggerMessage(LogLevel.Warning, "Where to go on cannot be found out now, will be tried again: {Reason}")]
    public static partial void PlanFailed(this ILogger log, string reason);

    [LoggerMessage(LogLevel.Error, "Answers could not be written, state is thrown away and rebuilt from what is committed: {Reason}")]
    public static partial void BatchFailed(this ILogger log, string reason);

    [LoggerMessage(LogLevel.Warning, "The last batch is not committed and will be answered again: {Reason}")]
    public static partial void LastBatchFailed(this ILogger log, string reason);

    [LoggerMessage(LogLevel.Warning, "The transaction could not be aborted, a new producer ends it: {Reason}")]
    public static partial void AbortFailed(this ILogger log, string reason);

    [LoggerMessage(LogLevel.Information, "Partitions given: {Partitions}")]
    public static partial void Assigned(this ILogger log, string partitions);

    [LoggerMessage(LogLevel.Information, "Partitions taken away: {Partitions}")]
    public static partial void Revoked(this ILogger log, string partitions);

    [LoggerMessage(LogLevel.Warning, "Kafka: {Reason}")]
    public static partial void ConsumeFailed(this ILogger log, string reason);

    [LoggerMessage(LogLevel.Warning, "Start waits: {Reason}")]
    public static partial void StartWaits(this ILogger log, string reason);

    [LoggerMessage(LogLevel.Warning, "Kafka did not answer within the limit of the stop: the partitions move when the session times out")]
    public static partial void CloseTimedOut(this ILogger log);

    [LoggerMessage(LogLevel.Warning, "The group could not be left: {Reason}")]
    public static partial void CloseFailed(this ILogger log, string reason);

    [LoggerMessage(LogLevel.Information, "Worker stopped")]
    public static partial void Stopped(this ILogger log);

    [LoggerMessage(LogLevel.Warning, "A change of the tables was not committed and is decided again: {Reason}")]
    public static partial void TableWriteFailed(this ILogger log, string reason);
}
