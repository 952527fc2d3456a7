import type { ExporterDescription } from '../exporters/exporter-description.js'
import type { ExporterMetricSource } from './channel.js'

/**
 * What an exporter on the export thread is called in metrics: by the semantic conventions if they know it, else by its
 * class; and the server it exports to, if there is one.
 */
export function exporterIdentity(
  description: ExporterDescription,
): Pick<ExporterMetricSource, 'type' | 'server'> {
  switch (description.kind) {
    case 'otlp':
      return { type: 'otlp_http_log_exporter', server: description.server }
    case 'file':
      return { type: 'FileLogRecordExporter' }
    case 'stream':
      return { type: 'StreamLogRecordExporter' }
    case 'module':
      return { type: description.exportName === 'default' ? 'ModuleExporter' : description.exportName }
  }
}
