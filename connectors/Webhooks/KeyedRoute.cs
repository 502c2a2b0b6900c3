using System.Text.Json;
using Microsoft.AspNetCore.Http;

namespace StreamDeploy.Connectors.Webhooks;

/// <summary>A route without a key in its path: the key is a bearer token or a field of the body.</summary>
/// <typeparam name="TOwner">Whom the key belongs to: a pipeline or an alert source.</typeparam>
/// <typeparam name="TEvent">What is reported.</typeparam>
/// <param name="Path">Where it is.</param>
/// <param name="Find">Whose a key is.</param>
/// <param name="Read">What the body says, and when it arrived. Pure.</param>
/// <param name="Produce">Writes it.</param>
internal sealed record KeyedRoute<TOwner, TEvent>(
    string Path, Func<string, TOwner?> Find, Func<JsonElement, RequestIdentity, TOwner, long, Reading<TEvent>> Read, Func<TEvent, CancellationToken, Task> Produce)
    where TOwner : class, IKeyOwner
    where TEvent : class
{
    /// <summary>The first of these that is there is the key.</summary>
    public IReadOnlyList<string> KeyFields { get; init; } = ["integrationKey", "apiKey"];

    /// <summary>Which field says what an account's API key sends for; null: API keys do not open this route.</summary>
    public string? OwnerField { get; init; }

    /// <summary>The account's own of this id.</summary>
    public Func<string, long, TOwner?> OwnerOf { get; init; } = static (_, _) => null;

    public Func<HttpContext, Task> Accepted { get; init; } = Answers.Accepted;

    /// <summary>Whatever is refused here; what the whole server refuses (too much at once, not HTTP) has its own form.</summary>
    public Func<HttpContext, Refusal, Task> Refused { get; init; } = Answers.Refused;

    public Reading<TOwner> OwnerIn(JsonElement body, string accountId)
    {
        if (body.At(OwnerField!) is not { } given)
            return new(Refusal.Missing(OwnerField!) with { Message = $"{OwnerField} is missing: what does this API key send for?" });
        return given.ValueKind == JsonValueKind.Number && given.TryGetInt64(out var id) && OwnerOf(accountId, id) is { } owner
            ? new(owner)
            : new(Refusal.Invalid(OwnerField!, $"{OwnerField} is not the id of one in this account"));
    }

    public string KeyIn(JsonElement body)
    {
        foreach (var name in KeyFields)
        {
            if (body.TextAt(IntegrationKey.LengthMax, name) is { } key)
                return key;
        }

        return "";
    }
}
