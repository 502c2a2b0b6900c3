using System.Net;

namespace StreamDeploy.Connectors.ClickHouse;

/// <summary>ClickHouse has not done what it was asked, or has not answered.</summary>
public sealed class ClickHouseException(string message, int? code, HttpStatusCode? status, Exception? inner = null) : Exception(message, inner)
{
    /// <summary>ClickHouse's error code; null where the answer, if any, was not ClickHouse's.</summary>
    public int? Code { get; } = code;

    /// <summary>Null: there was no answer. It may have done it all the same.</summary>
    public HttpStatusCode? Status { get; } = status;
}
