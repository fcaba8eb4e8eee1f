/** What one request spent where; sent to the client as a `Server-Timing` header. Times in ms. */
export class RequestTimings {
  readonly startedAt = performance.now();
  queries = 0;
  databaseMs = 0;
  partnerCalls = 0;
  partnerMs = 0;

  /** Time since the request began. */
  elapsedMs(): number {
    return performance.now() - this.startedAt;
  }

  /** The header's value, such as `total;dur=31.2, db;dur=24.6;desc="queries=3"`. */
  serverTiming(): string {
    const parts = [
      `total;dur=${this.elapsedMs().toFixed(1)}`,
      `db;dur=${this.databaseMs.toFixed(1)};desc="queries=${this.queries}"`,
    ];
    if (this.partnerCalls > 0) {
      parts.push(`partner;dur=${this.partnerMs.toFixed(1)};desc="calls=${this.partnerCalls}"`);
    }
    return parts.join(', ');
  }
}
