using System.Text.Json;
using Microsoft.AspNetCore.Http;
using StreamDeploy.Schemas;

namespace StreamDeploy.Connectors.Webhooks;

/// <summary>Whether headers and raw body prove who sent them; asked only where there is a secret.</summary>
internal delegate bool Proof(IHeaderDictionary headers, ReadOnlySpan<byte> body, IReadOnlyList<byte[]> secrets, long nowMs);

/// <summary>What differs from one provider's webhooks to another's.</summary>
/// <typeparam name="TOwner">Whom their key belongs to: a pipeline or an alert source.</typeparam>
/// <typeparam name="TEvent">What they report.</typeparam>
/// <param name="Name">In the route.</param>
/// <param name="Type">Of the owners it is for.</param>
/// <param name="Proof">The header that proves the origin, for the answer.</param>
/// <param name="IsProven">Whether it does.</param>
/// <param name="Read">What headers and payload say, and when they arrived. Pure but for ids that must be unique.</param>
internal sealed record Provider<TOwner, TEvent>(
    string Name, IntegrationType Type, string Proof, Proof IsProven, Func<IHeaderDictionary, JsonElement, TOwner, long, Reading<IReadOnlyList<TEvent>>> Read)
{
    /// <summary>Whether the payload may be a field of a form.</summary>
    public bool FormAllowed { get; init; }

    /// <summary>Whether the payload may be a list.</summary>
    public bool ListAllowed { get; init; }

    /// <summary>The header that names the event; null: none does.</summary>
    public string? EventHeader { get; init; }

    /// <summary>The field of the payload that names it where no header does.</summary>
    public string? EventField { get; init; }

    /// <summary>Whether senders ask with OPTIONS before they send.</summary>
    public bool AnswersHandshake { get; init; }
}
