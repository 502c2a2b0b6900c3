using Microsoft.AspNetCore.Http;

namespace StreamDeploy.Connectors.Webhooks;

/// <summary>Proof by the secret itself: <c>Authorization: Bearer &lt;secret&gt;</c> (RFC 6750).</summary>
/// <remarks>For senders that sign nothing. It says who sends, not that the body came as it was sent: that is TLS's part.</remarks>
public static class BearerProof
{
    public const string Header = "Authorization";

    private const string Scheme = "Bearer ";

    public static bool IsValid(IHeaderDictionary headers, IReadOnlyList<byte[]> secrets) => Token(headers) is { Length: > 0 } token && SharedSecret.IsOneOf(token, secrets);

    /// <summary>What stands behind the scheme; null where there is none, or more than one header.</summary>
    internal static string? Token(IHeaderDictionary headers) =>
        headers.Authorization is [{ } value] && value.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase) ? value[Scheme.Length..].Trim() : null;
}
