using System.Net;
using StreamDeploy.Connectors.Monitoring;
using static StreamDeploy.Cli.Settings.SettingOf;

namespace StreamDeploy.Cli.Settings;

/// <summary>Where a process tells how it is.</summary>
internal static class MonitoringOptions
{
    private static readonly Setting<IPEndPoint> Listen = new("monitoring", "Address and port of /metrics, /healthz and /readyz, as in 0.0.0.0:9464 [default: none]", null,
        static text => IPEndPoint.TryParse(text, out var address) && text.Contains(':', StringComparison.Ordinal) ? address : throw new FormatException(), "an IP address and a port, such as 127.0.0.1:9464");
    private static readonly Setting<Uri> Otlp = new("otlp-endpoint", "Where metrics are sent over OTLP, gRPC, as in http://localhost:4317 [default: nowhere]", null,
        static text => Uri.TryCreate(text, UriKind.Absolute, out var uri) && uri.Scheme is ("http" or "https") ? uri : throw new FormatException(), "an http or https address");
    private static readonly Setting<long> OtlpInterval = DurationMs("otlp-interval", "How often they are sent", "15s");

    public static readonly Setting[] All = [Listen, Otlp, OtlpInterval];

    public static MonitoringSettings Of(SettingsSource source) =>
        new() { Listen = Listen.Of(source), Otlp = Otlp.Of(source), OtlpInterval = TimeSpan.FromMilliseconds(OtlpInterval.Of(source)) };
}
