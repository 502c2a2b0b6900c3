using System.Net;
using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.Net.Http.Headers;

namespace StreamDeploy.Connectors.Webhooks;

/// <summary>How a body is written: JSON or, from GitHub, a form whose field payload is JSON; and in which character set.</summary>
internal sealed record ContentFormat(bool IsForm, Encoding? Charset)
{
    private const string Form = "application/x-www-form-urlencoded";

    /// <summary>Reads Content-Type and Content-Encoding. A request without a content type is taken for JSON.</summary>
    public static Reading<ContentFormat> Read(IHeaderDictionary headers, bool formAllowed)
    {
        if (!IsIdentity(headers.ContentEncoding))
            return new(new Refusal(415, "UNSUPPORTED_ENCODING", "the body must not be compressed: Content-Encoding is not supported"));
        if (headers.ContentType.Count == 0 || string.IsNullOrWhiteSpace(headers.ContentType))
            return new(new ContentFormat(false, null));
        if (headers.ContentType.Count > 1 || !MediaTypeHeaderValue.TryParse(headers.ContentType.ToString(), out var type))
            return WrongType(formAllowed);

        var isForm = formAllowed && type.MediaType.Equals(Form, StringComparison.OrdinalIgnoreCase);
        var isJson = type.SubType.Equals("json", StringComparison.OrdinalIgnoreCase) || type.Suffix.Equals("json", StringComparison.OrdinalIgnoreCase);
        if (!isForm && !isJson)
            return WrongType(formAllowed);
        if (!TryFindCharset(type, out var charset))
            return new(new Refusal(415, "UNSUPPORTED_CHARSET", "the character set of Content-Type is not known here: send UTF-8"));
        return new(new ContentFormat(isForm, charset));
    }

    /// <summary>The JSON text in UTF-8; null for a form without a payload.</summary>
    public ReadOnlyMemory<byte>? JsonOf(ReadOnlyMemory<byte> body)
    {
        if (!IsForm)
            return Charset is null ? body : Encoding.Convert(Charset, Encoding.UTF8, body.ToArray());

        var name = "payload="u8;
        foreach (var range in body.Span.Split((byte)'&'))
        {
            var field = body.Span[range];
            if (field.StartsWith(name))
                return WebUtility.UrlDecodeToBytes(field[name.Length..].ToArray(), 0, field.Length - name.Length);
        }

        return null;
    }

    private static bool IsIdentity(Microsoft.Extensions.Primitives.StringValues encoding) =>
        string.IsNullOrWhiteSpace(encoding.ToString()) || encoding.ToString().Trim().Equals("identity", StringComparison.OrdinalIgnoreCase);

    private static bool TryFindCharset(MediaTypeHeaderValue type, out Encoding? charset)
    {
        charset = null;
        var name = HeaderUtilities.RemoveQuotes(type.Charset).ToString();
        if (name.Length == 0)
            return true;
        try
        {
            // UTF-7 is not among them since .NET 5. ASCII is UTF-8, and what is not ASCII in it is read as UTF-8 rather than lost.
            var found = Encoding.GetEncoding(name);
            charset = found.CodePage is 65001 or 20127 ? null : found;
            return true;
        }
        catch (Exception problem) when (problem is ArgumentException or NotSupportedException)
        {
            return false;
        }
    }

    private static Reading<ContentFormat> WrongType(bool formAllowed) => new(new Refusal(
        415, "UNSUPPORTED_TYPE", formAllowed ? $"Content-Type must be application/json or {Form}" : "Content-Type must be application/json"));
}
