using StreamDeploy.Connectors.Webhooks;
using static StreamDeploy.Cli.Settings.SettingOf;

namespace StreamDeploy.Cli.Settings;

/// <summary>Where events are sent, and as whom.</summary>
internal static class SendOptions
{
    // Without user and password: the address is shown where something goes wrong.
    private static readonly Setting<Uri> To = new("to", "Address of the ingest", "http://127.0.0.1:8080",
        static text => Uri.TryCreate(text, UriKind.Absolute, out var uri) && uri is { Scheme: "http" or "https", UserInfo: "", Query: "", Fragment: "" }
            ? uri : throw new FormatException(),
        "an http or https address, such as http://127.0.0.1:8080");

    private static readonly Setting<string> Key = Text("key", "Integration key of the pipeline or alert source (better in the environment: flags stand in the list of processes)");
    private static readonly Setting<long> Timeout = DurationMs("timeout", "How long one attempt may take", "10s");

    public static readonly Setting[] All = [To, Key, Timeout];

    public static Uri AddressOf(SettingsSource source) => To.Of(source)!;

    public static TimeSpan TimeoutOf(SettingsSource source) => Timeout.Of(source) is >= 1 and <= int.MaxValue and var ms
        ? TimeSpan.FromMilliseconds(ms)
        : throw new SettingException("--timeout must be at least 1ms and less than 24d.");

    public static string KeyOf(SettingsSource source)
    {
        if (Key.Of(source) is not { } key)
            throw new SettingException("--key is missing: the integration key of the pipeline or alert source. In the variable STREAMDEPLOY_KEY no list of processes shows it.");
        return IntegrationKey.IsWellFormed(key)
            ? key
            : throw new SettingException($"--key must be {IntegrationKey.LengthMin} to {IntegrationKey.LengthMax} letters, digits or any of - _ . ~");
    }
}
