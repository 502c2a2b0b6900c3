using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Http;

namespace StreamDeploy.Connectors.Webhooks;

/// <summary>What the endpoint knows of a request's identity beside its body.</summary>
/// <param name="IdempotencyKey">The header Idempotency-Key, if it was sent.</param>
/// <param name="Unique">An id no other request has: for an event that names neither itself nor its time.</param>
public sealed record RequestIdentity(string? IdempotencyKey, string Unique)
{
    internal const string IdempotencyHeader = "Idempotency-Key";

    /// <summary>The first of these headers that is there names the delivery.</summary>
    internal static Reading<RequestIdentity> Of(IHeaderDictionary headers, params ReadOnlySpan<string> names)
    {
        foreach (var name in names)
        {
            var id = headers[name].ToString().Trim();
            if (id.Length > JsonFields.IdMax)
                return new(Refusal.Invalid(name, $"{name} is longer than {JsonFields.IdMax} characters"));
            if (id.Length > 0)
                return new(Identity(id));
        }

        return new(Identity(null));
    }

    /// <summary>
    /// The event id of a body that gives none. A body that says when it happened is the same event when it is sent again, so its content is its
    /// id; without a time two equal bodies may be two events (the same deployment an hour later).
    /// </summary>
    internal string For(JsonElement body, bool isDated) =>
        IdempotencyKey ?? (isDated ? Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(body.GetRawText())).AsSpan(0, 16)) : Unique);

    private static RequestIdentity Identity(string? idempotencyKey) => new(idempotencyKey, Guid.CreateVersion7().ToString());
}
