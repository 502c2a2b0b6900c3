using System.Globalization;
using StreamDeploy.Schemas;

namespace StreamDeploy.Connectors.LiveView;

/// <summary>How pages say what the schemas name.</summary>
public static class Words
{
    public static string Of(DeploymentStatus status) => status switch
    {
        DeploymentStatus.STARTED => "running",
        DeploymentStatus.SUCCEEDED => "succeeded",
        DeploymentStatus.ROLLED_BACK => "rolled back",
        DeploymentStatus.UNKNOWN => "reported",
        _ => status.ToString().ToLowerInvariant(),
    };

    /// <summary>What a push, a merge or a release says is that something is ready; every other kind of change is live once it has succeeded.</summary>
    public static string Of(Changes.DeploymentTrail deployment) => (deployment.Status, deployment.Kind) switch
    {
        (DeploymentStatus.SUCCEEDED or DeploymentStatus.UNKNOWN, DeploymentKind.PUSH) => "pushed",
        (DeploymentStatus.SUCCEEDED or DeploymentStatus.UNKNOWN, DeploymentKind.MERGE) => "merged",
        (DeploymentStatus.SUCCEEDED or DeploymentStatus.UNKNOWN, DeploymentKind.RELEASE) => "released",
        (DeploymentStatus.SUCCEEDED, _) => "live",
        _ => Of(deployment.Status),
    };

    public static string ClassOf(Changes.DeploymentTrail deployment) =>
        !deployment.IsLive && deployment.Status is DeploymentStatus.SUCCEEDED or DeploymentStatus.UNKNOWN ? "ready" : ClassOf(deployment.Status);

    /// <summary>The class of the style sheet.</summary>
    public static string ClassOf(Enum symbol) => symbol.ToString().ToLowerInvariant().Replace('_', '-');

    public static string Of(DeploymentKind kind) => kind switch
    {
        DeploymentKind.OTHER => "change",
        DeploymentKind.FEATURE_FLAG => "feature flag",
        _ => kind.ToString().ToLowerInvariant(),
    };

    public static string Of(AlertStatus status) => status == AlertStatus.UNKNOWN ? "not known" : status.ToString().ToLowerInvariant();

    public static string Of(Changes.AlertOutcome outcome) => outcome switch
    {
        Changes.AlertOutcome.SUSPECTS => "suspects",
        Changes.AlertOutcome.NOTHING_NEAR => "nothing near",
        Changes.AlertOutcome.OUT_OF_SCOPE => "out of scope",
        _ => "not answered yet",
    };

    public static string Of(EvidenceCode code) => code switch
    {
        EvidenceCode.AFTER_ALERT => "after the alert",
        EvidenceCode.NOT_LIVE => "not live by itself",
        _ => code.ToString().ToLowerInvariant(),
    };

    /// <summary>Bits with their sign: for or against.</summary>
    public static string Bits(double bits) => bits.ToString("+0.0;−0.0;0.0", CultureInfo.InvariantCulture);

    /// <summary>The address where it is the web that it leads to, else null: a link must not run a script or open a file.</summary>
    public static string? SafeHref(string? address) =>
        Uri.TryCreate(address, UriKind.Absolute, out var uri) && uri.Scheme is "http" or "https" ? uri.AbsoluteUri : null;

    /// <summary>A place in a picture.</summary>
    public static string Svg(double number) => number.ToString("0.#", CultureInfo.InvariantCulture);

    /// <summary>A place in a picture that is as wide as its page: a share of it in per cent.</summary>
    public static string Share(double fraction) => (fraction * 100).ToString("0.###", CultureInfo.InvariantCulture) + "%";

    /// <summary>A time as pages say it where no script puts it into the reader's own.</summary>
    public static string Utc(long ms) => DateTimeOffset.FromUnixTimeMilliseconds(Math.Clamp(ms, -62135596800000, 253402300799999)).UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture) + " UTC";

    /// <summary>How far back something counts: "the last 24 h", where a duration would be a day.</summary>
    public static string Span(long ms) => ms is >= 24 * 3_600_000L and < 48 * 3_600_000L ? $"{ms / 3_600_000} h" : Topology.Sentences.Duration(ms);

    /// <summary>Where a deployment is shown by itself.</summary>
    public static string PathOf(long pipelineId, string deploymentId) =>
        string.Create(CultureInfo.InvariantCulture, $"/deployments/one?pipeline={pipelineId}&id={Uri.EscapeDataString(deploymentId)}");

    /// <summary>Where an alert is shown by itself.</summary>
    public static string PathOf(Changes.AlertKey alert) =>
        string.Create(CultureInfo.InvariantCulture, $"/alerts/one?id={Uri.EscapeDataString(alert.AlertId)}&at={alert.OccurredAtMs}");
}
