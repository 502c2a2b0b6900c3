using StreamDeploy.Topology;
using static StreamDeploy.Cli.Settings.SettingOf;

namespace StreamDeploy.Cli.Settings;

/// <summary>The settings of the answer, the same for <c>run</c>, <c>replay</c> and <c>demo</c>.</summary>
internal static class JoinOptions
{
    private static readonly Setting<long> Before = DurationMs("before", "Window before an alert, where neither pipeline nor account has its own", "2h");
    private static readonly Setting<long> After = DurationMs("after", "Window after an alert: clocks differ, reports come late", "10m");
    private static readonly Setting<long> Settle = DurationMs("settle", "How long after an alert further events still count", "2h");
    private static readonly Setting<long> BeforeMax = DurationMs("before-max", "Widest window before an alert; a greater one is cut to it", "24h");
    private static readonly Setting<long> Grace = DurationMs("grace", "How much later than the newest record one may arrive", "1h");
    private static readonly Setting<long> Skew = DurationMs("skew", "How far ahead of its Kafka timestamp an event time may lie", "10m");
    private static readonly Setting<double> Prior = Number("prior", "Probability, before any evidence, that a change caused the alert", "0.5");
    private static readonly Setting<int> SuspectsMax = Integer("suspects-max", "How many suspects an answer lists", "10");
    private static readonly Setting<double> Tau = Number("tau-per-before", "Mean lag of a cause, as a share of the window before", "0.16666666666666666");
    private static readonly Setting<double> AfterAlert = Number("after-alert-factor", "Factor of a deployment that started after the alert", "0.015625");
    private static readonly Setting<double> NotLive = Number("not-live-factor", "Factor of a push, merge or release beside a live deployment", "0.125");
    private static readonly Setting<double> SameService = Number("same-service-factor", "Factor of the alert's own service", "8");
    private static readonly Setting<double> OtherService = Number("other-service-factor", "Factor of another service", "0.25");
    private static readonly Setting<double> SameEnvironment = Number("same-environment-factor", "Factor of the alert's own environment", "2");
    private static readonly Setting<double> OtherEnvironment = Number("other-environment-factor", "Factor of another environment", "0.0625");
    private static readonly Setting<double> BadStatus = Number("bad-status-factor", "Factor of a deployment that failed or was rolled back", "4");

    public static readonly Setting[] All =
    [
        Before, After, Settle, BeforeMax, Grace, Skew, Prior, SuspectsMax, Tau, AfterAlert, NotLive, SameService, OtherService, SameEnvironment,
        OtherEnvironment, BadStatus,
    ];

    public static JoinSettings Of(SettingsSource source)
    {
        var settings = new JoinSettings
        {
            BeforeMs = Before.Of(source),
            AfterMs = After.Of(source),
            SettleMs = Settle.Of(source),
            BeforeMaxMs = BeforeMax.Of(source),
            GraceMs = Grace.Of(source),
            SkewMs = Skew.Of(source),
            Prior = Prior.Of(source),
            SuspectsMax = SuspectsMax.Of(source),
            TauPerBefore = Tau.Of(source),
            AfterAlertFactor = AfterAlert.Of(source),
            NotLiveFactor = NotLive.Of(source),
            SameServiceFactor = SameService.Of(source),
            OtherServiceFactor = OtherService.Of(source),
            SameEnvironmentFactor = SameEnvironment.Of(source),
            OtherEnvironmentFactor = OtherEnvironment.Of(source),
            BadStatusFactor = BadStatus.Of(source),
        };
        return settings.Problem() is { } problem ? throw new SettingException("--" + problem) : settings;
    }
}
