using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Http;

namespace StreamDeploy.Connectors.Webhooks;

/// <summary>Proof of origin by the secret itself: in a header of the provider's, as bearer token or as the password of Basic.</summary>
public static class TokenProof
{
    public const string Header = "Authorization";

    private const string Bearer = "Bearer ";
    private const string Basic = "Basic ";

    /// <summary>Whether the header Authorization holds one of the secrets.</summary>
    public static bool IsAuthorized(IHeaderDictionary headers, IReadOnlyList<byte[]> secrets) =>
        (BearerOf(headers) ?? PasswordOf(headers)) is { } token && IsValid(token, secrets);

    /// <remarks>Hashed, so that not even the length of a secret shows in the time taken; every secret is tried, so that neither does which of them matched.</remarks>
    public static bool IsValid(string token, IReadOnlyList<byte[]> secrets)
    {
        if (token.Length == 0)
            return false;
        var given = SHA256.HashData(Encoding.UTF8.GetBytes(token));
        var valid = false;
        foreach (var secret in secrets)
            valid |= CryptographicOperations.FixedTimeEquals(SHA256.HashData(secret), given);
        return valid;
    }

    public static string? BearerOf(IHeaderDictionary headers) => Credentials(headers, Bearer);

    /// <summary>What stands after the first colon: any user may bring the secret.</summary>
    public static string? PasswordOf(IHeaderDictionary headers)
    {
        if (Credentials(headers, Basic) is not { } base64)
            return null;
        var bytes = new byte[base64.Length];
        if (!Convert.TryFromBase64String(base64, bytes, out var length))
            return null;
        var colon = bytes.AsSpan(0, length).IndexOf((byte)':');
        return colon < 0 ? null : Encoding.UTF8.GetString(bytes, colon + 1, length - colon - 1);
    }

    private static string? Credentials(IHeaderDictionary headers, string scheme) =>
        headers.Authorization is [{ } value] && value.StartsWith(scheme, StringComparison.OrdinalIgnoreCase) ? value[scheme.Length..].Trim() : null;
}
