using System.Globalization;
using System.Text.Json;
using StreamDeploy.Connectors.LiveView.Session;
using StreamDeploy.Schemas;

namespace StreamDeploy.Connectors.LiveView.Pipelines;

/// <summary>A pipeline as the management API shows it.</summary>
public sealed record PipelineFacts
{
    public required long Id { get; init; }
    public required string Name { get; init; }
    public IntegrationType Type { get; init; }

    /// <summary>Shown once, in the answer that made it.</summary>
    public string? Key { get; init; }

    /// <summary>Where it is sent to, with a mark where the key goes; null for nowhere.</summary>
    public string? Url { get; init; }

    public IReadOnlyList<long> TeamIds { get; init; } = [];
    public bool Shared { get; init; }
    public IReadOnlyList<string> BranchFilters { get; init; } = [];
    public IReadOnlyList<string> EventFilters { get; init; } = [];
    public string? Before { get; init; }
    public string? Service { get; init; }
    public int RetiredKeys { get; init; }
    public int SigningSecrets { get; init; }
    public long? CreatedAtMs { get; init; }
    public long? UpdatedAtMs { get; init; }
    public bool IsOfFile { get; init; }

    /// <summary>Of this version: what is changed must still be it.</summary>
    public string? ETag { get; init; }

    /// <summary>The ingest's own address, as senders reach it.</summary>
    public string? Ingest => Uri.TryCreate(Url, UriKind.Absolute, out var url) ? url.GetLeftPart(UriPartial.Authority) + PathBefore(url, "/api/", "/v2/") : null;

    /// <exception cref="FormatException">That is no pipeline: another server answers at the ingest's address.</exception>
    public static PipelineFacts Of(ManagementAnswer answer)
    {
        if (answer.Body is not { ValueKind: JsonValueKind.Object } body || !body.TryGetProperty("id", out var id) || !id.TryGetInt64(out var number))
            throw new FormatException("what the ingest answered is no pipeline");
        var given = body.TryGetProperty("params", out var found) && found.ValueKind == JsonValueKind.Object ? found : default;
        return new()
        {
            Id = number,
            Name = answer.Text("name") ?? "",
            Type = Enum.TryParse<IntegrationType>(answer.Text("integrationType"), out var type) ? type : IntegrationType.OTHER,
            Key = answer.Text("integrationKey"),
            Url = answer.Text("integrationUrl"),
            TeamIds = [.. List(body, "teams").Select(team => team.TryGetProperty("id", out var teamId) && teamId.TryGetInt64(out var value) ? value : 0).Where(value => value > 0)],
            Shared = body.TryGetProperty("shared", out var shared) && shared.ValueKind == JsonValueKind.True,
            BranchFilters = Texts(given, "branchFilters"),
            EventFilters = Texts(given, "eventFilters"),
            Before = Text(given, "before"),
            Service = Text(given, "service"),
            RetiredKeys = Number(body, "retiredKeys"),
            SigningSecrets = Number(body, "signingSecrets"),
            CreatedAtMs = Time(answer.Text("createdAt")),
            UpdatedAtMs = Time(answer.Text("updatedAt")),
            IsOfFile = body.TryGetProperty("managedByFile", out var ofFile) && ofFile.ValueKind == JsonValueKind.True,
            ETag = answer.ETag,
        };
    }

    private static string PathBefore(Uri url, params ReadOnlySpan<string> routes)
    {
        foreach (var route in routes)
        {
            if (url.AbsolutePath.IndexOf(route, StringComparison.Ordinal) is >= 0 and var at)
                return url.AbsolutePath[..at];
        }

        return "";
    }

    private static JsonElement.ArrayEnumerator List(JsonElement body, string name) =>
        body.ValueKind == JsonValueKind.Object && body.TryGetProperty(name, out var list) && list.ValueKind == JsonValueKind.Array ? list.EnumerateArray() : default;

    private static string[] Texts(JsonElement body, string name) => [.. List(body, name).Where(text => text.ValueKind == JsonValueKind.String).Select(text => text.GetString()!)];

    private static string? Text(JsonElement body, string name) =>
        body.ValueKind == JsonValueKind.Object && body.TryGetProperty(name, out var text) && text.ValueKind == JsonValueKind.String ? text.GetString() : null;

    private static int Number(JsonElement body, string name) => body.TryGetProperty(name, out var number) && number.TryGetInt32(out var value) ? value : 0;

    private static long? Time(string? text) =>
        DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time) ? time.ToUnixTimeMilliseconds() : null;
}
