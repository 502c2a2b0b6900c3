using System.Net;

namespace StreamDeploy.Connectors.Monitoring;

/// <summary>Where a process tells how it is.</summary>
public sealed record MonitoringSettings
{
    /// <summary>Address and port of <c>/metrics</c>, <c>/healthz</c> and <c>/readyz</c>; null for none.</summary>
    public IPEndPoint? Listen { get; init; }

    /// <summary>Where metrics are sent to over OTLP (gRPC); null for nowhere.</summary>
    public Uri? Otlp { get; init; }

    /// <summary>How often they are sent.</summary>
    public TimeSpan OtlpInterval { get; init; } = TimeSpan.FromSeconds(15);
}
