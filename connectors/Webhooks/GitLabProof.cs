using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Http;

namespace StreamDeploy.Connectors.Webhooks;

/// <summary>Proof that GitLab sent these bytes: a signature as Standard Webhooks has it, or the secret itself in X-Gitlab-Token.</summary>
/// <remarks>
/// <c>webhook-signature: v1,&lt;base64 of HMAC-SHA256(key, id.timestamp.body)&gt;</c>, several with spaces between them. A secret that begins with <c>whsec_</c> is
/// the key in base64, any other is the key itself. https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md.
/// A request that has a signature is judged by it alone. Every secret is tried, so that the time taken says nothing about which of them matched.
/// </remarks>
public static class GitLabProof
{
    public const string TokenHeader = "X-Gitlab-Token";
    public const string IdHeader = "webhook-id";
    public const string TimestampHeader = "webhook-timestamp";
    public const string SignatureHeader = "webhook-signature";

    /// <summary>How far the time of a signature may lie from ours: what was recorded cannot be played back later than this.</summary>
    public const long ToleranceMs = 5 * 60_000;

    private const string Version = "v1,";
    private const string KeyPrefix = "whsec_";
    private const int SignaturesMax = 8;

    public static bool IsValid(IHeaderDictionary headers, ReadOnlySpan<byte> body, IReadOnlyList<byte[]> secrets, long nowMs) =>
        headers.ContainsKey(SignatureHeader) ? IsSigned(headers, body, secrets, nowMs) : headers[TokenHeader] is [{ } token] && TokenProof.IsValid(token, secrets);

    private static bool IsSigned(IHeaderDictionary headers, ReadOnlySpan<byte> body, IReadOnlyList<byte[]> secrets, long nowMs)
    {
        if (headers[IdHeader] is not [{ Length: > 0 } id] || headers[TimestampHeader] is not [{ } timestamp] || headers[SignatureHeader] is not [{ } signatures])
            return false;
        var isTime = long.TryParse(timestamp, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds) && seconds < long.MaxValue / 1000;
        if (!isTime || Math.Abs(nowMs - seconds * 1000) > ToleranceMs)
            return false;

        var valid = false;
        Span<byte> expected = stackalloc byte[HMACSHA256.HashSizeInBytes];
        Span<byte> given = stackalloc byte[HMACSHA256.HashSizeInBytes];
        foreach (var secret in secrets)
        {
            using var hmac = IncrementalHash.CreateHMAC(HashAlgorithmName.SHA256, KeyOf(secret));
            hmac.AppendData(Encoding.UTF8.GetBytes($"{id}.{timestamp}."));
            hmac.AppendData(body);
            hmac.GetHashAndReset(expected);
            foreach (var signature in signatures.Split(' ', SignaturesMax))
            {
                if (signature.StartsWith(Version, StringComparison.Ordinal) && Convert.TryFromBase64Chars(signature.AsSpan(Version.Length), given, out var length) && length == given.Length)
                    valid |= CryptographicOperations.FixedTimeEquals(expected, given);
            }
        }

        return valid;
    }

    /// <summary>Whether a secret is what it looks like: what begins with <c>whsec_</c> must go on in base64.</summary>
    public static bool IsWellFormed(string secret) =>
        !secret.StartsWith(KeyPrefix, StringComparison.Ordinal) || Convert.TryFromBase64String(secret[KeyPrefix.Length..], new byte[secret.Length], out var length) && length > 0;

    private static byte[] KeyOf(byte[] secret)
    {
        var text = Encoding.UTF8.GetString(secret);
        if (!text.StartsWith(KeyPrefix, StringComparison.Ordinal))
            return secret;
        var key = new byte[text.Length];
        return Convert.TryFromBase64Chars(text.AsSpan(KeyPrefix.Length), key, out var length) ? key[..length] : secret;
    }
}
