metadata description = 'The workbook: posture, findings, actions, keys, images, costs, Hubwarden\'s own health.'

@description('Region; that of the workspace.')
param location string

@description('Tags of every resource.')
param tags object

@description('Resource id of the Log Analytics workspace that it shows unless somebody chooses another.')
param workspaceId string

resource workbook 'Microsoft.Insights/workbooks@2023-06-01' = {
  name: guid(workspaceId, 'hubwarden')
  location: location
  tags: tags
  kind: 'shared'
  properties: {
    displayName: 'Hubwarden'
    description: 'Posture, findings, actions, keys, images and costs of AI hubs, and the health of Hubwarden itself.'
    category: 'workbook'
    version: '1.0'
    sourceId: toLower(workspaceId)
    // Made by `python -m tools.docs`; each query in it is one of infra/queries.
    serializedData: replace(loadTextContent('../workbook.json'), '__workspaceId__', workspaceId)
  }
}

@description('Resource id of the workbook.')
output workbookId string = workbook.id
