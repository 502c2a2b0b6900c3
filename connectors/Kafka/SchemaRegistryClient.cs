using System.Collections.Concurrent;
using System.Text.Json;
using System.Text.Json.Nodes;
using StreamDeploy.Schemas;

namespace StreamDeploy.Connectors.Kafka;

/// <summary>Schemas by id and ids of schemas, from a registry that speaks Confluent's API.</summary>
/// <remarks>
/// Safe to share between threads: share one. What is known is kept for good, for an id's schema never changes; that an id is unknown is kept for seconds, for
/// it may be registered later. Callers that ask for the same thing at once share one request, and the cancellation of one does not cancel the others'.
/// </remarks>
public sealed class SchemaRegistryClient : IDisposable
{
    private const int UnknownIdsMax = 10_000;
    private const int SchemasMax = 20_000;
    private const int NoErrorCode = SchemaRegistryConnection.NoErrorCode;
    private const int NotFound = 404;
    private const int SchemaNotFound = 40403;
    private static readonly TimeSpan UnknownFor = TimeSpan.FromSeconds(10);

    private readonly SchemaRegistryConnection connection;
    private readonly TimeProvider clock;
    private readonly CancellationTokenSource disposed = new();

    /// <summary>Lazy, so that of two that add at once only one asks.</summary>
    private readonly ConcurrentDictionary<SchemaId, Lazy<Task<AvroSchema>>> schemas = new();
    private readonly ConcurrentDictionary<(string Subject, string Schema), Lazy<Task<int>>> ids = new();

    /// <summary>A message and not an exception: one that is thrown again and again grows by its trace.</summary>
    private readonly ConcurrentDictionary<SchemaId, Refusal> refused = new();

    /// <param name="settings">Where the registry is.</param>
    /// <param name="clock">For how long it is remembered that an id is unknown, and how long a token is used; the system's unless told.</param>
    public SchemaRegistryClient(SchemaRegistrySettings settings, TimeProvider? clock = null)
    {
        ArgumentNullException.ThrowIfNull(settings);
        this.clock = clock ?? TimeProvider.System;
        connection = new SchemaRegistryConnection(settings, this.clock);
    }

    public void Dispose()
    {
        disposed.Cancel();
        connection.Dispose();
        disposed.Dispose();
    }

    /// <summary>The schema of an id that this registry gave.</summary>
    /// <inheritdoc cref="GetAsync(SchemaId, CancellationToken)"/>
    public ValueTask<AvroSchema> GetAsync(int id, CancellationToken ct) => GetAsync(SchemaId.Of(id), ct);

    /// <summary>The schema of an id.</summary>
    /// <exception cref="UnknownSchemaException">There is none: final.</exception>
    /// <exception cref="UnreadableSchemaException">There is one, but none that we can read: final.</exception>
    /// <exception cref="SchemaRegistryUnavailableException">No answer for now.</exception>
    /// <exception cref="SchemaRegistryDeniedException">401 or 403.</exception>
    public ValueTask<AvroSchema> GetAsync(SchemaId id, CancellationToken ct)
    {
        if (Find(id) is { } known)
            return new ValueTask<AvroSchema>(known);
        if (refused.TryGetValue(id, out Refusal? no) && clock.GetElapsedTime(no.Since) < UnknownFor)
            return ValueTask.FromException<AvroSchema>(no.Exists ? new UnreadableSchemaException(no.Why) : new UnknownSchemaException(no.Why));
        if (schemas.Count >= SchemasMax)
            schemas.Clear();
        return new ValueTask<AvroSchema>(OnceAsync(schemas, id, () => FetchAsync(id), ct));
    }

    /// <summary>The schema of an id where it is here, so that nobody has to wait for it; else null.</summary>
    internal AvroSchema? Find(SchemaId id) =>
        schemas.TryGetValue(id, out Lazy<Task<AvroSchema>>? known) && known is { IsValueCreated: true, Value.IsCompletedSuccessfully: true } ? known.Value.Result : null;

    /// <summary>Registers the schema under the subject, or finds it there, and returns its id.</summary>
    /// <exception cref="SchemaRejectedException">The subject's older schemas do not allow it.</exception>
    /// <exception cref="SchemaRegistryUnavailableException">No answer for now.</exception>
    /// <exception cref="SchemaRegistryDeniedException">401 or 403.</exception>
    public Task<int> RegisterAsync(string subject, AvroSchema schema, CancellationToken ct)
    {
        ArgumentException.ThrowIfNullOrEmpty(subject);
        ArgumentNullException.ThrowIfNull(schema);
        return OnceAsync(ids, (subject, schema.Json), () => PostAsync(subject, schema), ct);
    }

    /// <summary>Sets a subject's compatibility level, such as BACKWARD.</summary>
    /// <exception cref="SchemaRegistryUnavailableException">No answer for now.</exception>
    /// <exception cref="SchemaRegistryDeniedException">401 or 403.</exception>
    public async Task SetCompatibilityAsync(string subject, string level, CancellationToken ct)
    {
        ArgumentException.ThrowIfNullOrEmpty(subject);
        string body = new JsonObject { ["compatibility"] = level }.ToJsonString();
        using var either = CancellationTokenSource.CreateLinkedTokenSource(ct, disposed.Token);
        await connection.AskAsync(HttpMethod.Put, "/config/" + Uri.EscapeDataString(subject), body, [], either.Token);
    }

    private static async Task<TValue> OnceAsync<TKey, TValue>(
        ConcurrentDictionary<TKey, Lazy<Task<TValue>>> cache, TKey key, Func<Task<TValue>> ask, CancellationToken ct)
        where TKey : notnull
    {
        Lazy<Task<TValue>> flight = cache.GetOrAdd(key, _ => new Lazy<Task<TValue>>(() => Task.Run(ask)));
        try
        {
            return await flight.Value.WaitAsync(ct);
        }
        finally
        {
            if (flight.Value.IsFaulted || flight.Value.IsCanceled)
                cache.TryRemove(KeyValuePair.Create(key, flight));
        }
    }

    private async Task<AvroSchema> FetchAsync(SchemaId id)
    {
        try
        {
            JsonElement answer = id.IsGuid ? await FindAsync(id.Guid) : await FindAsync(id.Number);
            IReadOnlyList<string> references = await new ReferencedSchemas(connection, $"schema {id}").FetchAsync(answer, disposed.Token);
            return AvroSchema.ParseWriter(ReferencedSchemas.TextOf(answer, $"schema {id}"), references);
        }
        catch (AvroSchemaException e)
        {
            var unreadable = new UnreadableSchemaException($"schema {id} cannot be parsed: {e.Message}", e);
            Refuse(id, unreadable);
            throw unreadable;
        }
        catch (Exception e) when (e is UnknownSchemaException or UnreadableSchemaException)
        {
            Refuse(id, e);
            throw;
        }
    }

    private async Task<JsonElement> FindAsync(int id) =>
        (await connection.AskAsync(HttpMethod.Get, $"/schemas/ids/{id}", null, [SchemaNotFound], disposed.Token)).Json
        ?? throw new UnknownSchemaException($"the schema registry has no schema of id {id}");

    private async Task<JsonElement> FindAsync(Guid guid)
    {
        RegistryAnswer answer = await connection.AskAsync(HttpMethod.Get, $"/schemas/guids/{guid}", null, [SchemaNotFound, NotFound, NoErrorCode], disposed.Token);
        if (answer.Json is { } found)
            return found;
        string named = $"the header {WireFormat.SchemaIdHeader} names the schema GUID {guid}";
        if (answer.ErrorCode == SchemaNotFound)
            throw new UnknownSchemaException($"{named}, and the schema registry has no schema of this GUID");
        // Whose 404 was it? A registry without GUIDs answers this one, and a proxy before a registry that is down does not.
        await connection.AskAsync(HttpMethod.Get, "/schemas/types", null, [], disposed.Token);
        throw new UnknownSchemaException($"{named}, and this schema registry does not serve schemas by GUID; Confluent's does from version 8.0 on");
    }

    /// <summary>A producer gone wild may send any number of ids: forgetting all of them costs a request each.</summary>
    private void Refuse(SchemaId id, Exception why)
    {
        if (refused.Count >= UnknownIdsMax)
            refused.Clear();
        refused[id] = new Refusal(why.Message, why is UnreadableSchemaException, clock.GetTimestamp());
    }

    private sealed record Refusal(string Why, bool Exists, long Since);

    private async Task<int> PostAsync(string subject, AvroSchema schema)
    {
        string body = new JsonObject { ["schema"] = schema.Json }.ToJsonString();
        RegistryAnswer answer = await connection.AskAsync(HttpMethod.Post, $"/subjects/{Uri.EscapeDataString(subject)}/versions", body, [], disposed.Token);
        if (answer.Json is { ValueKind: JsonValueKind.Object } found && found.TryGetProperty("id", out JsonElement id) && id.TryGetInt32(out int number))
            return number;
        throw new SchemaRegistryUnavailableException($"the schema registry answered without an id when {subject} was registered");
    }
}
