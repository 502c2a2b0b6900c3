using System.Buffers;
using System.Text.Json;
using System.Text.Unicode;

namespace StreamDeploy.Connectors.Webhooks;

/// <summary>From a request's bytes to a JSON object, or a list where one is allowed, whose every text can be read without an exception.</summary>
public static class JsonBody
{
    private static ReadOnlySpan<byte> Utf8Bom => [0xEF, 0xBB, 0xBF];

    /// <summary>Parses the body; the document refers to <paramref name="utf8"/> and is disposed of by the caller.</summary>
    public static Reading<JsonDocument> Parse(ReadOnlyMemory<byte> utf8, int depthMax, bool listAllowed = false)
    {
        if (utf8.Span.StartsWith(Utf8Bom))
            utf8 = utf8[Utf8Bom.Length..];
        if (IsBlank(utf8.Span))
            return Invalid("the body is empty", "EMPTY_BODY");
        if (!Utf8.IsValid(utf8.Span))
            return Invalid("the body is not UTF-8 text");

        JsonDocument document;
        try
        {
            CheckEscapes(utf8.Span, depthMax);
            document = JsonDocument.Parse(utf8, new JsonDocumentOptions { MaxDepth = depthMax, AllowDuplicateProperties = false });
        }
        catch (JsonException problem)
        {
            // The exception's own message quotes the body; line and byte say as much.
            return Invalid($"the body is not JSON, or nested deeper than {depthMax}: line {problem.LineNumber + 1}, byte {problem.BytePositionInLine + 1}");
        }
        catch (InvalidOperationException)
        {
            return Invalid("the body holds a text with half of a surrogate pair");
        }

        if (document.RootElement.ValueKind == JsonValueKind.Object || (listAllowed && document.RootElement.ValueKind == JsonValueKind.Array))
            return new(document);
        document.Dispose();
        return Invalid(listAllowed ? "the body is neither a JSON object nor a list" : "the body is not a JSON object");
    }

    // "\ud800" alone is valid JSON, and throws only where somebody reads it: read every escaped text once, here.
    private static void CheckEscapes(ReadOnlySpan<byte> utf8, int depthMax)
    {
        if (!utf8.Contains((byte)'\\'))
            return;
        var reader = new Utf8JsonReader(utf8, new JsonReaderOptions { MaxDepth = depthMax });
        while (reader.Read())
        {
            if (!reader.ValueIsEscaped)
                continue;
            var length = reader.ValueSpan.Length;
            var scratch = ArrayPool<byte>.Shared.Rent(length);
            try
            {
                reader.CopyString(scratch);
            }
            finally
            {
                ArrayPool<byte>.Shared.Return(scratch);
            }
        }
    }

    private static bool IsBlank(ReadOnlySpan<byte> text) => text.IndexOfAnyExcept(" \t\r\n"u8) < 0;

    private static Reading<JsonDocument> Invalid(string message, string code = "INVALID_JSON") => new(new Refusal(400, code, message));
}
