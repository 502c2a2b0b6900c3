using System.Text.Json;
using StreamDeploy.Schemas;

namespace StreamDeploy.Connectors.Webhooks.Management;

/// <summary>What pipelines and alert sources show of keys and secrets, and take.</summary>
internal static class KeyFields
{
    /// <summary>Stands for the key where a URL is shown without it.</summary>
    public const string Mark = "{integrationKey}";

    private const int SecretMin = 8;
    private const int SecretMax = 1024;

    public static void Write(Utf8JsonWriter json, View view, string? path, RetiredKey[] retired, SealedSecret[] secrets, long nowMs)
    {
        var key = view.Shown?.IntegrationKey;
        if (key is not null)
            json.WriteString("integrationKey", key);
        if (path is not null && (view.WithUrl || key is not null))
            json.WriteString("integrationUrl", view.BaseUrl + (key is null ? path : path.Replace(Mark, key, StringComparison.Ordinal)));
        json.WriteNumber("retiredKeys", retired.Count(old => old.ValidUntilMs > nowMs));
        json.WriteNumber("signingSecrets", secrets.Count(secret => !(secret.ValidUntilMs <= nowMs)));
    }

    /// <summary>The body's signing secret, where it holds one and may.</summary>
    public static string? Secret(JsonFields fields, Entities entities, bool taken, IntegrationType type)
    {
        if (fields.Text("signingSecret", SecretMax) is not { } secret)
            return null;
        if (!taken)
            return fields.Refuse<string>("signingSecret", $"signingSecret is not for the type {type}");
        if (secret.Length < SecretMin)
            return fields.Refuse<string>("signingSecret", $"signingSecret must be at least {SecretMin} characters long");
        if (!GitLabProof.IsWellFormed(secret))
            return fields.Refuse<string>("signingSecret", "signingSecret begins with whsec_, but does not go on in base64");
        if (entities.MasterKeys.CanSeal)
            return secret;
        fields.Conflict("NO_MASTER_KEY", "this server has no master key to keep a signing secret under: its operator sets one with --master-key", "signingSecret");
        return null;
    }
}
