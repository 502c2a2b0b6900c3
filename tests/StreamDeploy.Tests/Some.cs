using StreamDeploy.Schemas;

namespace StreamDeploy.Tests;

/// <summary>Records that are valid as they are; a test says only what it is about.</summary>
public static class Some
{
    /// <summary>Noon of a day without meaning.</summary>
    public const long Noon = 1_767_268_800_000;

    public const long Minute = 60_000;
    public const long Hour = 60 * Minute;

    public static Deployment Deployment(string id = "d1", long atMs = Noon, long pipelineId = 1, string accountId = "acme", string? eventId = null) => new()
    {
        AccountId = accountId,
        EventId = eventId ?? id + "/" + atMs,
        DeploymentId = id,
        PipelineId = pipelineId,
        Source = "api",
        Kind = DeploymentKind.DEPLOYMENT,
        Status = DeploymentStatus.SUCCEEDED,
        Summary = "deploy " + id,
        OccurredAtMs = atMs,
    };

    public static Alert Alert(string id = "a1", long atMs = Noon, string accountId = "acme", string? eventId = null) => new()
    {
        AccountId = accountId,
        EventId = eventId ?? id + "/" + atMs,
        AlertId = id,
        Status = AlertStatus.OPEN,
        Priority = "HIGH",
        Summary = "alert " + id,
        OccurredAtMs = atMs,
        UpdatedAtMs = atMs,
    };

    public static DeploymentPipeline Pipeline(long id = 1, string accountId = "acme", params long[] teamIds) => new()
    {
        AccountId = accountId,
        Id = id,
        Name = "pipeline " + id,
        TeamIds = teamIds,
    };
}
